"""Logins that are about to die though they still work: their tokens could not be renewed in time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from connection_svc.domain.connection import Grant, Tokens
from connection_svc.domain.token_life import dies_at, idle_since
from koppel.contracts.values import WhoMustAct
from koppel.providers.profile import TokenTiming

NOTICES = (timedelta(days=7), timedelta(days=1))
"""What is left when it is told, once each."""
_OVERDUE = timedelta(hours=1)
"""Idle tokens are renewed every ten minutes; what is this late was tried and failed."""
_LOGGING_IN = timedelta(hours=1)


def act_by(end: datetime) -> datetime:
    """Until when somebody must have acted: a login that is begun then is finished in time."""
    return end - _LOGGING_IN


def notice_due(tokens: Tokens, timing: TokenTiming, now: datetime) -> timedelta | None:
    """Which notice is to be given, if any; none of a life that was never longer than the notice."""
    end = dies_at(tokens, timing)
    if end is None or now >= end or _renews_itself(tokens, timing, now):
        return None
    whole = end - tokens.issued_at
    return min((notice for notice in NOTICES if end - now <= notice < whole), default=None)


def told_when_issued_before(timing: TokenTiming, now: datetime, notice: timedelta) -> datetime | None:
    """Tokens issued before that may need this notice; None where no token dies of lying idle."""
    overdue = idle_since(timing, now - _OVERDUE)
    if overdue is None or timing.idle_death is None:
        return None
    return min(overdue, now + notice - timing.idle_death)


def who_keeps_alive(grant: Grant) -> WhoMustAct:
    """Who can keep it alive: a person where there is nothing to renew it with, else whose fault it is that it was not."""
    if grant.tokens is None or grant.tokens.refresh_token is None:
        return WhoMustAct.CUSTOMER
    return WhoMustAct.PROVIDER if grant.trouble is None else grant.trouble.who_must_act


def _renews_itself(tokens: Tokens, timing: TokenTiming, now: datetime) -> bool:
    overdue = idle_since(timing, now - _OVERDUE)
    return tokens.refresh_token is not None and overdue is not None and tokens.issued_at >= overdue


class Expiries(Protocol):
    """Which grants are about to die, and what was told of it."""

    async def due(self, provider: str, timing: TokenTiming, now: datetime, limit: int) -> Sequence[Grant]:
        """Active grants that may need a notice that was not given for their tokens."""
        ...

    async def told(self, grant: Grant, notice: timedelta) -> bool:
        """Note the notice; False when it was given, or the tokens are others by now."""
        ...

    async def take_renewed(self, connection_id: UUID) -> Sequence[UUID]:
        """Grants of the connection that were told of and have other tokens since, once each."""
        ...
