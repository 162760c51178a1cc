"""One worker's hold on one run, and what it reads through."""

from dataclasses import dataclass, field

from koppel.contracts.values import Failure
from koppel.ports.transaction import LeasedWork
from koppel.providers.listing import Listing
from sync_svc.application.apply_page import CancelRequested, RunProgress
from sync_svc.application.fetch_pages import PageFetcher
from sync_svc.application.ports import Transaction
from sync_svc.application.take_up_run import Work
from sync_svc.application.turn import Turn, TurnOver
from sync_svc.domain.listing import ListingProgress


@dataclass(slots=True)
class Performance:
    """A run in work; `feed_failures` is why removals of a feed are not known, by its name."""

    work: Work
    leased: LeasedWork[Transaction]
    fetcher: PageFetcher
    turn: Turn
    run_progress: RunProgress
    prepared: set[str] = field(default_factory=set)
    """Of the epoch's check and the feeds of removals, what is done."""
    feed_failures: dict[str, Failure] = field(default_factory=dict)

    def of(self, listing: Listing) -> ListingProgress:
        """How far this listing is."""
        return self.run_progress.listings[listing.name]

    def stop_if_asked(self) -> None:
        """Raises `CancelRequested`."""
        if self.run_progress.run.cancel_requested_by is not None:
            raise CancelRequested

    async def give_way(self) -> None:
        """Between two pages: raises `TurnOver` when the turn is over and the next one is somebody else's."""
        if not await self.turn.goes_on():
            raise TurnOver


class ListingFault(Exception):
    """The provider's answers make no sense together: this reading cannot go on, the run's others can."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure
