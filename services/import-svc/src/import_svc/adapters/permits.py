"""Calls to providers on permits of this service's budget."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from import_svc.domain.discovery import DiscoveryFailed
from koppel.contracts.failures import PROVIDER_BUSY
from koppel.ports.budget import Budget, BudgetExhausted, ScopedWindow, Spender
from koppel.providers.profile import Part, RateWindow
from koppel.providers.scoped_windows import DISCOVERY_ALONE, with_own_endpoints
from koppel.providers.spending import Spending

COMPANIES, COMPANY = "companies", "company"
"""Endpoints of discovery. No other service calls them, but connection-svc for logins."""

LEFT_TO_PEOPLE = 0.5
"""Of our share: what looks and probes, for which nobody waits, leave to wizards."""


def import_windows(
    windows: Mapping[str, Sequence[RateWindow]], parts: Mapping[str, Part]
) -> Callable[[Spender], tuple[ScopedWindow, ...]]:
    """What a call counts for: our share, and more of what is counted for endpoints that syncs do not call."""
    return with_own_endpoints(windows, parts, {COMPANIES: DISCOVERY_ALONE, COMPANY: DISCOVERY_ALONE})


@asynccontextmanager
async def spending(
    budget: Budget,
    provider: str,
    organisation_id: UUID,
    grant_id: UUID,
    *,
    company: str | None = None,
    lot: int = 1,
    reserve: float = 0.0,
) -> AsyncIterator[Spending]:
    """Calls of one grant; `reserve` is the part of our share that is left for others. A budget that is used up is `DiscoveryFailed`: all of this provider wait."""
    spender = Spender(
        provider=provider, organisation_id=organisation_id, grant_id=grant_id, endpoint="", company=company
    )
    calls = Spending(budget, spender, lot=lot, reserve=reserve)
    try:
        yield calls
    except BudgetExhausted as waits:
        raise DiscoveryFailed(
            PROVIDER_BUSY, transient=True, retry_after=waits.retry_after, paces=True, untried=True
        ) from None
    finally:
        await calls.close()
