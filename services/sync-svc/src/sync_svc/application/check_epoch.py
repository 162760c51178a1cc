"""Whether the company is still in the epoch of its cursors: asked once a hold on a run, where its provider has epochs."""

from koppel.ports.budget import BudgetExhausted
from koppel.providers.failures import ProviderFailure
from sync_svc.application.performance import Performance
from sync_svc.domain.failure import Remedy, remedy
from sync_svc.domain.listing import ListingProgress, ListingState

EPOCH = "epoch"
"""This check among what a run has prepared."""


async def check_epoch(performance: Performance) -> None:
    """In another epoch all is read whole, also what this run had begun. Raises `ProviderFailure`.

    Who may not ask reads on, and asks no more when so many questions were refused that the next could lock the login out.
    """
    try:
        epoch = await performance.fetcher.epoch()
    except ProviderFailure as problem:
        if remedy(problem) not in (Remedy.SKIP_FAILED, Remedy.SKIP_UNSUPPORTED):
            raise
        return
    except BudgetExhausted as waits:
        if not waits.exhausted.of_errors:
            raise
        return
    if epoch is None:
        return
    run = performance.work.run
    async with performance.leased.begin() as tx:
        if not await tx.company_epochs.changed(run, epoch):
            return
        for progress in performance.run_progress.in_order:
            if progress.state is ListingState.RUNNING:
                anew = ListingProgress(resource=progress.resource, listing=progress.listing)
                await tx.records.forget_ids(run, progress)
                await tx.run_listings.save(run, anew)
                performance.run_progress = performance.run_progress.moved(anew)
