"""A provider with one window of calls, and workers that look for what may draw from it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from koppel.kernel.ids import new_id
from koppel.platform.budget import PostgresBudget
from koppel.ports.budget import MadeCall, Permits, ScopedWindow, Spender
from sync_svc.entrypoints import jobs

from .organisation import Organisation

CALLS = 50
WINDOW = ScopedWindow(
    provider="eaccounting", name="minute", scope="client", limit=CALLS, calls=CALLS, seconds=60, of_all=True
)


def windowed(organisation: Organisation, **changes: Any) -> Organisation:
    """Its provider's one window, which it shares with whoever has the same scope."""
    window = replace(WINDOW, provider=organisation.provider_id, **changes)
    organisation.budget = PostgresBudget(
        organisation.database,
        lambda of: (window,) if of.provider == organisation.provider_id else (),
        most=CALLS,
    )
    return organisation


async def use_up(organisation: Organisation, left: int = 0) -> None:
    spender = Spender(
        provider=organisation.provider_id,
        organisation_id=new_id(),
        grant_id=new_id(),
        endpoint="customers",
        company=organisation.external_id,
    )
    lot = await organisation.budget.draw(spender, CALLS - left)
    assert isinstance(lot, Permits)
    await organisation.budget.settle(lot, [MadeCall(0.0)] * lot.calls)


async def taken(organisation: Organisation) -> list[UUID]:
    """Whose turns a worker's look takes."""
    return [
        lease.subject for lease in (await worker(organisation).take_turns(organisation.leases, 4, ())).leases
    ]


def worker(organisation: Organisation) -> jobs.Jobs:
    return jobs.Jobs(
        organisation.work,
        organisation.gateway,
        organisation.issuing,
        organisation.budget,
        keep_runs=timedelta(days=1),
    )


async def due_again(organisation: Organisation, seconds: float = 0) -> None:
    """So long has passed, by the database's clock."""
    await organisation.rows(
        "with moved as (update rate_window set until = array(select at - $2::interval from unnest(until) as e (at))) "
        "update sync_run set not_before = now() where $1::uuid is not null and state <> 'finished' returning 1",
        timedelta(seconds=seconds),
    )
