"""The start of a worker's hold on a run: plan it, or end it at once when it cannot be done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from koppel.contracts.failures import REAUTHORIZATION_REQUIRED, UNKNOWN_PROVIDER
from koppel.contracts.sync import SyncStarted
from koppel.contracts.values import Failure, ResourceName, SyncOutcome
from koppel.providers.listing import Listing
from sync_svc.application.defer_run import hold
from sync_svc.application.end_run import end_run
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.pauses import learn_from, pause_for_login
from sync_svc.application.ports import Transaction
from sync_svc.domain import failure
from sync_svc.domain.administration import Administration
from sync_svc.domain.listing import ListingProgress, ListingState
from sync_svc.domain.pause import Pause
from sync_svc.domain.request import Wanted
from sync_svc.domain.run import MOST_STARTS_WITHOUT_PROGRESS, Ending, Run, RunState

Listings = Mapping[ResourceName, tuple[Listing, ...]]


@dataclass(frozen=True, slots=True)
class Work:
    """A run that is ours to do: its listings in order, each with how far it is. `offered` is all that the provider has.

    `prepared`: what was done before its last wait, of the epoch's check and its feeds of removals. `probes`: a pause lets it through,
    to see whether its cause is gone. `held`: the listings of which deletions are held. `lengths`: seconds that runs like it took.
    """

    run: Run
    administration: Administration
    steps: tuple[tuple[Listing, ListingProgress], ...]
    offered: tuple[Listing, ...]
    prepared: frozenset[str]
    probes: bool = False
    held: frozenset[str] = frozenset()
    lengths: Sequence[float] = ()

    def read_now(self, listings: Iterable[ListingProgress]) -> set[ResourceName]:
        """The resources that this hold on the run has read to their end."""
        before = {progress.listing for _, progress in self.steps if progress.state.ended}
        done = {
            each.resource
            for each in listings
            if each.state is ListingState.DONE and each.listing not in before
        }
        return done - {
            each.resource for each in listings if not each.state.ended or each.state is ListingState.FAILED
        }

    def rereaders(self, listing: Listing) -> tuple[Listing, ...]:
        """The listings whose items are read again when this one touches them."""
        return tuple(each for each in self.offered if each.reread and each.reread.listing == listing.name)


async def take_up_run(tx: Transaction, gateway: ProviderGateway, run_id: UUID) -> Work | None:
    """Start the run, or go on with it; None when it has ended, ends here, or a pause holds it."""
    run = await tx.runs.lock(run_id)
    if run is None or run.state is RunState.FINISHED:
        return None
    listings = await tx.run_listings.of_run(run_id)
    (administration,) = await tx.administrations.get([run.administration_id])
    offered = gateway.listings(administration.provider)
    planned = [] if offered is None else chosen(offered, run.wanted)
    ending = _cannot_start(run, administration, planned, known=offered is not None)
    pauses = await tx.pauses.of_administration(administration.administration_id)
    if (holding := await _holding(tx, administration, ending, pauses)) is not None:
        await hold(tx, run, holding)
        await tx.turns.settle(run_id, run.calls)
        return None
    if ending is not None:
        await end_run(tx, run, listings, ending)
        return None
    if not listings:
        listings = await _plan(tx, run, planned)
    listings = [await _passed_over(tx, run, each, pauses) for each in listings]
    started, prepared = await _start(tx, run, listings)
    by_name = {listing.name: listing for listing in planned}
    # A listing that a newer version of ours no longer has is left as it is.
    steps = tuple((by_name[r.listing], r) for r in listings if r.listing in by_name)
    every = tuple(each for listed in (offered or {}).values() for each in listed)
    probes = any(each.holds_all and each.lets(run.administration_id) for each in pauses)
    held = await tx.held_deletions.listings_held(run.administration_id)
    lengths = await tx.views.lengths(run.administration_id)
    return Work(started, administration, steps, every, prepared, probes, held, lengths)


def chosen(offered: Listings, wanted: Wanted) -> list[Listing]:
    """What a run of that is to read, in order."""
    return [
        listing
        for resource, parts in offered.items()
        if wanted.resources is None or resource in wanted.resources
        for listing in parts
    ]


def _cannot_start(
    run: Run, administration: Administration, planned: Sequence[Listing], *, known: bool
) -> Ending | None:
    if run.cancel_requested_by is not None:
        return Ending(SyncOutcome.CANCELLED, by=run.cancel_requested_by)
    if run.state is RunState.RUNNING and run.starts_without_progress >= MOST_STARTS_WITHOUT_PROGRESS:
        return Ending(SyncOutcome.ABANDONED, failure.NO_PROGRESS)
    obstacle: Failure | None = administration.obstacle
    if obstacle is None and not known:
        obstacle = UNKNOWN_PROVIDER
    if obstacle is None and not planned:
        obstacle = failure.NOTHING_OFFERED
    return None if obstacle is None else Ending(SyncOutcome.FAILED, obstacle)


async def _holding(
    tx: Transaction, administration: Administration, ending: Ending | None, pauses: Sequence[Pause]
) -> Pause | None:
    """The pause under which the run waits; what has to end for another reason ends."""
    if ending is None:
        own = administration.administration_id
        return next((each for each in pauses if each.holds_all and not each.lets(own)), None)
    if ending.failure == REAUTHORIZATION_REQUIRED:
        await pause_for_login(tx, administration.grant_id)
        return next(iter(await tx.pauses.of_administration(administration.administration_id)), None)
    return await learn_from(tx, administration, ending, ())


async def _passed_over(
    tx: Transaction, run: Run, progress: ListingProgress, pauses: Sequence[Pause]
) -> ListingProgress:
    """A listing of a paused resource fails as it failed before, without a call."""
    paused = next((each for each in pauses if each.stops(progress.resource, run.administration_id)), None)
    if paused is None or progress.state is not ListingState.WAITING:
        return progress
    failed = replace(progress, state=ListingState.FAILED, failure=paused.failure)
    await tx.run_listings.save(run, failed)
    return failed


async def _plan(tx: Transaction, run: Run, planned: Sequence[Listing]) -> list[ListingProgress]:
    listings = [ListingProgress(resource=listing.resource, listing=listing.name) for listing in planned]
    await tx.run_listings.plan(run, listings)
    return listings


async def _start(
    tx: Transaction, run: Run, listings: Sequence[ListingProgress]
) -> tuple[Run, frozenset[str]]:
    """As started, and what was prepared. A run whose worker left it for others' turns was not interrupted."""
    resumed, died = run.state is RunState.RUNNING, run.state is RunState.RUNNING and not run.between_turns
    started = replace(
        run if resumed else run.moved(RunState.RUNNING),
        started_at=run.started_at or tx.now,
        starts_without_progress=run.starts_without_progress + 1 if died else run.starts_without_progress,
    )
    prepared = await tx.runs.start(started)
    if run.started_at is None:
        await tx.events.append(
            SyncStarted(
                organisation_id=run.organisation_id,
                administration_id=run.administration_id,
                run_id=run.run_id,
                mode=run.mode,
                trigger=run.trigger,
                resources=tuple(dict.fromkeys(progress.resource for progress in listings)),
                sync_request_ids=await tx.runs.request_ids(run.run_id),
                started_at=tx.now,
            )
        )
    return started, prepared
