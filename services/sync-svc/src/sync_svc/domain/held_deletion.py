"""Deletions that the guard held: a person releases or rejects them, nothing else of the run waits."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from koppel.contracts.values import ResourceName
from koppel.kernel.transitions import Transitions
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.run import Run

MOST_EXAMPLES = 5


class HeldState(StrEnum):
    """`released`: what is still absent is deleted. `rejected`: it stays until the provider shows it again."""

    OPEN = "open"
    RELEASED = "released"
    REJECTED = "rejected"


HELD_STATES = Transitions(
    "held_deletion",
    {
        HeldState.OPEN: {HeldState.RELEASED, HeldState.REJECTED},
        HeldState.RELEASED: set(),
        HeldState.REJECTED: set(),
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why it was held: what the newest complete reading showed of a listing (`pages` asked for, items `listed`) beside
    the records that were `known`, and which of these `vanished`."""

    pages: int
    listed: int
    known: int
    vanished: int
    examples: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldDeletion:
    """One row as stored; `count` is how many are held now, or were when it was decided."""

    held_deletion_id: UUID
    organisation_id: UUID
    administration_id: UUID
    resource: ResourceName
    listing: str
    state: HeldState
    run_id: UUID
    held_at: datetime
    renewed_at: datetime
    count: int
    evidence: Evidence
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str | None = None

    def moved(self, to: HeldState) -> "HeldDeletion":
        """In its next state. Raises `IllegalTransition` (`held_deletion_decided`)."""
        HELD_STATES.require(
            self.state,
            to,
            self.held_deletion_id,
            code="held_deletion_decided",
            detail=f"The deletion was {self.state} already.",
        )
        return replace(self, state=to)


class HeldDeletions(Protocol):
    """Held deletions and the ids that they hold."""

    async def hold(
        self, run: Run, progress: ListingProgress, vanished: Sequence[str], evidence: Evidence
    ) -> None:
        """Open a row for the listing, or renew the open one: it holds these ids and no others from now on."""
        ...

    async def open_ids(self, run: Run, progress: ListingProgress) -> frozenset[str]:
        """The ids that nobody has decided about."""
        ...

    async def drop_open(self, run: Run, progress: ListingProgress) -> None:
        """A complete reading shows all that was held."""
        ...

    async def drop_all(self, administration_id: UUID) -> None:
        """The administration left: nobody has to decide about its records any more."""
        ...

    async def listings_held(self, administration_id: UUID) -> frozenset[str]:
        """The listings of which anything is held, decided or not."""
        ...

    async def seen(self, run: Run, progress: ListingProgress, ids: Sequence[str]) -> None:
        """The provider shows these: they are held no longer."""
        ...

    async def seen_by_reading(self, run: Run, progress: ListingProgress) -> None:
        """The same for all ids that the run kept of the listing."""
        ...

    async def open_count(self) -> int:
        """How many wait for a person."""
        ...

    async def lock(self, held_deletion_id: UUID) -> HeldDeletion | None: ...

    async def decide(self, held: HeldDeletion) -> None:
        """Store what was decided. A rejected one keeps its ids, a released one until they are deleted."""
        ...

    async def released(self, limit: int) -> tuple[HeldDeletion, Sequence[str]] | None:
        """The released one that waits longest, locked, with the next ids to delete; none left means it is done."""
        ...

    async def deleted(self, held: HeldDeletion, ids: Sequence[str], at: datetime | None) -> None:
        """These are deleted; `at` is set with the last of them."""
        ...
