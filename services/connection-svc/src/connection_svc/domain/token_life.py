"""When a stored access token may be issued, and when it is replaced first."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connection_svc.domain.connection import Tokens

_MARGIN = timedelta(minutes=5)
_MARGIN_SHARE = 0.1
_UNKNOWN_LIFETIME = timedelta(minutes=10)
_SETTLED_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a service asks: a token that lives until then, or another than the one that was refused."""

    refresh_if_expires_before: datetime | None = None
    rejected_token_sha256: bytes | None = field(default=None, repr=False)


def expires_at(issued_at: datetime, expires_in: int | None) -> datetime:
    """When a token ends, counted from its receipt; a package that does not say gets ten minutes."""
    return issued_at + (_UNKNOWN_LIFETIME if expires_in is None else timedelta(seconds=expires_in))


def is_fresh(tokens: Tokens, demand: Demand, now: datetime) -> bool:
    """The token outlives a margin (a tenth of its life, at most five minutes) and what the service asks.

    A token younger than a minute is not replaced for living too short: the next one would not live longer.
    """
    margin = min(_MARGIN, (tokens.expires_at - tokens.issued_at) * _MARGIN_SHARE)
    if tokens.expires_at - now <= margin:
        return False
    wanted = demand.refresh_if_expires_before
    return wanted is None or tokens.expires_at >= wanted or now - tokens.issued_at < _SETTLED_AFTER
