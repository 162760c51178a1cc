"""What an administration is assigned to, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self
from uuid import UUID

from koppel.contracts.assignment import AssignmentEvent


class Rule(StrEnum):
    """What an assignment was made by."""

    DEFAULT = "default"
    """The default rule at the import: all beheerders of that moment."""
    PLAN = "plan"
    """A plan that a person applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Division (0..1), template (0..1) and users (n, each once, in id order)."""

    division_id: UUID | None = None
    template_id: UUID | None = None
    user_ids: tuple[UUID, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        division_id: UUID | None = None,
        template_id: UUID | None = None,
        user_ids: Iterable[UUID] = (),
    ) -> Self:
        """With the users in their canonical order, so that equal placements compare equal."""
        return cls(division_id=division_id, template_id=template_id, user_ids=tuple(sorted(set(user_ids))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One administration's assignment. `version` is its stream's: it rises by one with every change."""

    administration_id: UUID
    placement: Placement
    rule: Rule
    plan_id: UUID | None
    version: int


@dataclass(frozen=True, slots=True)
class Seen:
    """An administration that a user sees, and by which rule."""

    administration_id: UUID
    name: str
    rule: str


@dataclass(frozen=True, slots=True)
class Told:
    """What an assignment's stream said last; `event` is None where the log does not hold it any more."""

    version: int
    event: AssignmentEvent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentFilter:
    """What a list is of. `text` is in the administration's name."""

    user_id: UUID | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """An assignment with the organisation in which it lies, and what its administration is called."""

    organisation_id: UUID
    name: str | None
    assignment: Assignment


class Assignments(Protocol):
    """The assignments; locks are always taken in administration order."""

    async def add(self, assignments: Sequence[tuple[UUID, Assignment]]) -> None:
        """Pairs of organisation and new assignment."""
        ...

    async def put(self, assignments: Sequence[tuple[UUID, Assignment]]) -> None:
        """The same, whether new or not."""
        ...

    async def remove_elsewhere(self, places: Mapping[UUID, UUID]) -> None:
        """Remove assignments of these administrations that lie in another organisation than their own."""
        ...

    async def remove(self, administrations: Sequence[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID]]:
        """Pairs of organisation and administration; returns those that had an assignment."""
        ...

    async def get(self, administration_id: UUID) -> Assignment | None: ...

    async def read(self, ids: Sequence[UUID]) -> list[Assignment]:
        """Without locking, in administration order."""
        ...

    async def everywhere(self, ids: Sequence[UUID]) -> list[tuple[UUID, Assignment]]:
        """Without locking, each with the organisation in which it lies, which may be another than its own."""
        ...

    async def lock(self, ids: Sequence[UUID]) -> list[Assignment]:
        """Those that exist, in administration order, locked until the transaction ends."""
        ...

    async def lock_of_user(self, user_id: UUID) -> list[Assignment]:
        """All that name the user, locked."""
        ...

    async def replace(self, assignments: Sequence[Assignment]) -> None:
        """Overwrite locked rows."""
        ...

    async def seen_by(self, user_id: UUID, name: str | None, after: UUID | None, limit: int) -> list[Seen]:
        """In administration order; `name` keeps those whose name contains it, in any case."""
        ...

    async def page(self, which: AssignmentFilter, after: UUID | None, limit: int) -> list[Listed]:
        """Those that the transaction may see, in administration order, from behind the administration `after`."""
        ...

    async def count(self, which: AssignmentFilter) -> int:
        """How many `page` lists in all."""
        ...

    async def newest_told(self, ids: Sequence[UUID]) -> Mapping[UUID, Told]:
        """What was last told of these administrations' assignments; those of which nothing ever was are left out."""
        ...
