"""How many token calls a provider still takes for a login."""

from datetime import datetime, timedelta
from typing import Protocol

from connection_svc.domain.connection import Grant
from connection_svc.domain.token_life import NotYet
from koppel.providers.profile import RateWindow


def caller_of(grant: Grant) -> bytes:
    """Whose calls a grant's are counted with."""
    known = grant.login and grant.login.fingerprint
    return known or grant.id.bytes


def used_up(window: RateWindow, oldest: datetime, asked_at: datetime) -> NotYet:
    """The window has as many calls as it may, the first of them at `oldest`; all times are the provider's."""
    free_at = oldest + timedelta(seconds=window.seconds)
    detail = "The provider takes no more token calls today."
    return NotYet("token_calls_used_up", detail, wait=free_at - asked_at, asked_at=asked_at)


class TokenCalls(Protocol):
    """Counted exactly, over all processes and organisations."""

    async def oldest_of(self, provider: str, caller: bytes, calls: int, after: datetime) -> datetime | None:
        """When the first of the last so many calls was made; None when there were fewer after that time."""
        ...

    async def note(self, provider: str, caller: bytes, called_at: datetime, forget_before: datetime) -> None:
        """One call more; the caller's former ones are forgotten."""
        ...
