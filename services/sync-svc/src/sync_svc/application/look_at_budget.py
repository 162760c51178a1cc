"""A run that waits is not begun where its provider allows no call now: it waits on, and nothing of it is told."""

from uuid import UUID

from koppel.contracts.failures import PROVIDER_BUSY
from koppel.ports.budget import Budget, Exhausted
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.ports import Transaction
from sync_svc.application.spend_permits import EPOCH, spender_of
from sync_svc.application.take_up_run import chosen
from sync_svc.domain.administration import Administration
from sync_svc.domain.run import Run, RunState
from sync_svc.domain.turn import left_to_others

_SOONEST = 1.0
"""Seconds until what was put off is looked at again: a window that slides frees its calls one by one."""


class NothingToDraw(Exception):
    """The run that was granted a turn could not make a call; raised so that the turn and its lease are rolled back."""

    def __init__(self, run_id: UUID, exhausted: Exhausted) -> None:
        super().__init__(exhausted.window)
        self.run_id = run_id
        self.exhausted = exhausted


async def look_at_budget(tx: Transaction, gateway: ProviderGateway, budget: Budget, run_id: UUID) -> None:
    """Raises `NothingToDraw` for a run that waits and could not make its first call now."""
    run = await tx.runs.lock(run_id)
    if run is None or run.state is RunState.RUNNING or run.cancel_requested_by is not None:
        return
    (administration,) = await tx.administrations.get([run.administration_id])
    endpoint = await _first_endpoint(tx, gateway, run, administration)
    if administration.obstacle is not None or endpoint is None:
        return  # it ends without a call
    spender = spender_of(administration, endpoint)
    exhausted = await budget.look(spender, reserve=left_to_others(run.priority))
    if exhausted is not None:
        raise NothingToDraw(run_id, exhausted)


async def put_off(tx: Transaction, waits: NothingToDraw) -> None:
    """It waits for the budget, and so does all that could draw from the same window only."""
    used_up = waits.exhausted
    await tx.runs.put_off(
        waits.run_id, max(used_up.seconds, _SOONEST), PROVIDER_BUSY, all_of_provider=used_up.of_all
    )


async def _first_endpoint(
    tx: Transaction, gateway: ProviderGateway, run: Run, administration: Administration
) -> str | None:
    if gateway.has_epochs(administration.provider):
        return EPOCH
    ended = {each.listing for each in await tx.run_listings.of_run(run.run_id) if each.state.ended}
    planned = chosen(gateway.listings(administration.provider) or {}, run.wanted)
    return next((listing.path for listing in planned if listing.name not in ended), None)
