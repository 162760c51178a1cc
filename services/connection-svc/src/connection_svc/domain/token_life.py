"""When a stored access token may be issued, and when it is replaced first: a provider's `TokenTiming` as rules.

What passed since we got a token is told by our clock; whether the provider takes a refresh yet, by its own alone.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connection_svc.domain.connection import Tokens
from connection_svc.domain.rotation import Attempt
from koppel.kernel.errors import Transient
from koppel.providers.profile import Rotation, TokenTiming

_MARGIN_SHARE = 0.1
_SETTLED_AFTER = timedelta(minutes=1)
_IDLE_SHARE = 2 / 3
ASK_AGAIN = timedelta(hours=1)
"""Until when a token without a known end is said to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a service asks: a token that lives until then, or another than the one that was refused."""

    refresh_if_expires_before: datetime | None = None
    rejected_token_sha256: bytes | None = field(default=None, repr=False)


def expires_at(received_at: datetime, expires_in: int | None, timing: TokenTiming) -> datetime | None:
    """When a token ends, counted from its receipt; None when neither the answer nor the provider says."""
    if expires_in is not None:
        return received_at + timedelta(seconds=expires_in)
    return None if timing.lifetime is None else received_at + timing.lifetime


class NotYet(Transient):
    """The provider takes no refresh yet; `asked_at` is what time it was there."""

    def __init__(self, code: str, detail: str, *, wait: timedelta, asked_at: datetime) -> None:
        super().__init__(code, detail, retry_after=wait.total_seconds())
        self.asked_at = asked_at


def holds_until(tokens: Tokens, now: datetime, there: datetime | None = None) -> datetime | None:
    """When the token ends, by our clock; None: no known end.

    `there` is what time it is at the provider, where that is known: our clock may have jumped since we got the token.
    """
    if tokens.expires_at is None or there is None or tokens.dated_at is None:
        return tokens.expires_at
    return now + (tokens.expires_at - tokens.issued_at) - (there - tokens.dated_at)


def is_alive(tokens: Tokens, now: datetime, there: datetime | None = None) -> bool:
    """The token has not ended: it may be issued when its refresh must wait or fails."""
    end = holds_until(tokens, now, there)
    return end is None or now < end


def is_fresh(tokens: Tokens, demand: Demand, timing: TokenTiming, now: datetime) -> bool:
    """The token outlives a margin (the provider's, at most a tenth of the token's life) and what the service asks.

    A young token is not replaced for living too short: the next one would not live longer, or is not to be had yet.
    """
    if tokens.expires_at is None:
        return True
    margin = min(timing.margin, (tokens.expires_at - tokens.issued_at) * _MARGIN_SHARE)
    if tokens.expires_at - now <= margin:
        return False
    wanted = demand.refresh_if_expires_before
    settled = max(_SETTLED_AFTER, timing.refresh_not_before)
    return wanted is None or tokens.expires_at >= wanted or now - tokens.issued_at < settled


def dies_at(tokens: Tokens, timing: TokenTiming) -> datetime | None:
    """When a login is needed unless the tokens are renewed before; None where that never is.

    The refresh token ends if nobody uses it, or there is none and the access token ends.
    """
    if tokens.refresh_token is None and timing.rotation is not Rotation.MINTED:
        return tokens.expires_at
    return None if timing.idle_death is None else tokens.issued_at + timing.idle_death


def idle_since(timing: TokenTiming, now: datetime) -> datetime | None:
    """Tokens issued before this instant are replaced even if unused; None where unused tokens stay valid."""
    return None if timing.idle_death is None else now - timing.idle_death * _IDLE_SHARE


def provider_time(tokens: Tokens, now: datetime, told: datetime | None = None) -> datetime:
    """The provider's time: as it was told, else as its last token answer said it, and what passed since by our clock.

    Ours, where that answer was not dated: an age is never reckoned between two clocks.
    """
    if tokens.dated_at is None:
        return now
    return told or tokens.dated_at + (now - tokens.issued_at)


def takes_refresh_at(tokens: Tokens, attempt: Attempt, timing: TokenTiming) -> datetime | None:
    """From when, by the provider's clock, it takes a refresh; None where it does at any time.

    A call whose answer was lost may have replaced the tokens just then.
    """
    if not timing.refresh_not_before:
        return None
    lost_at = attempt.lost_at if attempt.lost_before else None
    return (lost_at or tokens.dated_at or tokens.issued_at) + timing.refresh_not_before
