"""What the use cases need from outside."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from assignment_svc.domain.assignment import Assignment
from assignment_svc.domain.directory import Entry, EntryKind, User
from assignment_svc.domain.plan import Plan, PlanItem, PlanState
from koppel.contracts.administration import AdministrationImported
from koppel.contracts.assignment import AssignmentEvent
from koppel.contracts.event import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The person who asks. `actor` names them in the audit trail, `person_id` in events."""

    organisation_id: UUID
    person_id: str
    actor: str


@dataclass(frozen=True, slots=True)
class Seen:
    """An administration that a user sees, and by which rule."""

    administration_id: UUID
    name: str
    rule: str


@dataclass(frozen=True, slots=True)
class SessionArrivals:
    """How many administrations of an import session are known here, and the newest one's age in seconds.

    `size` is how many there are, where their events say so.
    """

    count: int
    newest_age: float
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What an assignment's stream said last; `event` is None where the log does not hold it any more."""

    version: int
    event: AssignmentEvent | None


class Users(Protocol):
    """Users of one organisation or, where organisations are given, of several."""

    async def save(self, organisation_id: UUID, user: User) -> None:
        """Create or replace."""
        ...

    async def delete(self, organisation_id: UUID, user_id: UUID) -> bool:
        """Whether there was one. Waits for transactions that `lock`ed it."""
        ...

    async def get(self, organisation_id: UUID, user_id: UUID) -> User | None: ...

    async def page(self, organisation_id: UUID, after: UUID | None, limit: int) -> list[User]:
        """In id order."""
        ...

    async def lock(self, organisation_id: UUID, ids: Iterable[UUID]) -> set[UUID]:
        """Those that exist; they cannot be deleted before the transaction ends."""
        ...

    async def lock_beheerders(self, organisation_ids: Iterable[UUID]) -> Mapping[UUID, tuple[UUID, ...]]:
        """All beheerders by organisation, in id order; they cannot be deleted before the transaction ends."""
        ...


class Entries(Protocol):
    """Divisions and templates."""

    async def save(self, organisation_id: UUID, kind: EntryKind, entry: Entry) -> None:
        """Create or replace."""
        ...

    async def delete(self, organisation_id: UUID, kind: EntryKind, entry_id: UUID) -> bool:
        """Whether there was one. Raises `Conflict` (`division_in_use`, `template_in_use`) while assigned."""
        ...

    async def get(self, organisation_id: UUID, kind: EntryKind, entry_id: UUID) -> Entry | None: ...

    async def page(
        self, organisation_id: UUID, kind: EntryKind, after: UUID | None, limit: int
    ) -> list[Entry]:
        """In id order."""
        ...

    async def lock(self, organisation_id: UUID, kind: EntryKind, ids: Iterable[UUID]) -> set[UUID]:
        """Those that exist; they cannot be deleted before the transaction ends."""
        ...


class Administrations(Protocol):
    """What this service knows of the administrations that import-svc owns."""

    async def add(self, imported: Sequence[AdministrationImported]) -> set[UUID]:
        """Remember them; returns the ids that were new."""
        ...

    async def put(self, imported: Sequence[AdministrationImported]) -> None:
        """Remember them as they are told, whatever was there."""
        ...

    async def of_another(self, administrations: Sequence[tuple[UUID, UUID]]) -> UUID | None:
        """Of pairs of organisation and administration: one that another organisation has, if any."""
        ...

    async def rename(self, organisation_id: UUID, administration_id: UUID, name: str) -> None: ...

    async def forget(self, administrations: Sequence[tuple[UUID, UUID]]) -> None:
        """Pairs of organisation and administration; unknown ones are passed."""
        ...

    async def known(self, organisation_id: UUID, ids: Sequence[UUID]) -> set[UUID]:
        """Those of `ids` that are the organisation's."""
        ...

    async def of_session(self, organisation_id: UUID, import_session_id: UUID, limit: int) -> list[UUID]:
        """In id order."""
        ...

    async def every(self, organisation_id: UUID, limit: int) -> list[UUID]:
        """In id order."""
        ...

    async def session_arrivals(self, organisation_id: UUID, import_session_id: UUID) -> SessionArrivals: ...


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

    async def get(self, organisation_id: UUID, administration_id: UUID) -> Assignment | None: ...

    async def read(self, organisation_id: UUID, ids: Sequence[UUID]) -> list[Assignment]:
        """Without locking, in administration order."""
        ...

    async def everywhere(self, ids: Sequence[UUID]) -> list[tuple[UUID, Assignment]]:
        """Without locking, each with the organisation in which it lies, which may be another than its own."""
        ...

    async def lock(self, organisation_id: UUID, ids: Sequence[UUID]) -> list[Assignment]:
        """Those that exist, in administration order, locked until the transaction ends."""
        ...

    async def lock_of_user(self, organisation_id: UUID, user_id: UUID) -> list[Assignment]:
        """All that name the user, locked."""
        ...

    async def replace(self, organisation_id: UUID, assignments: Sequence[Assignment]) -> None:
        """Overwrite locked rows."""
        ...

    async def seen_by(
        self, organisation_id: UUID, user_id: UUID, name: str | None, after: UUID | None, limit: int
    ) -> list[Seen]:
        """In administration order; `name` keeps those whose name contains it, in any case."""
        ...


class Plans(Protocol):
    """Plans and their items."""

    async def add(self, organisation_id: UUID, plan: Plan, items: Sequence[PlanItem]) -> None: ...

    async def get(self, organisation_id: UUID, plan_id: UUID) -> Plan | None: ...

    async def lock(self, organisation_id: UUID, plan_id: UUID) -> Plan | None:
        """Locked until the transaction ends: one apply or undo at a time."""
        ...

    async def items(self, organisation_id: UUID, plan_id: UUID) -> list[PlanItem]:
        """In administration order."""
        ...

    async def move(
        self, organisation_id: UUID, plan_id: UUID, to: PlanState, at: datetime, versions: Mapping[UUID, int]
    ) -> None:
        """Note the new state and the version that each changed administration got."""
        ...

    async def newest_acts(self, ids: Sequence[UUID]) -> Mapping[UUID, Assignment]:
        """What the newest applied or undone plan made of each of these administrations, of whatever organisation."""
        ...

    async def purge(self, created_before: datetime) -> int:
        """Forget old plans of every organisation; returns how many."""
        ...


class Events(Protocol):
    """The event log, in the transaction."""

    async def append(self, *events: Event) -> list[int]:
        """All in one statement; returns each one's version in its stream."""
        ...

    async def newest(self, ids: Sequence[UUID]) -> Mapping[UUID, Told]:
        """What was last told of these administrations' assignments; those of which nothing ever was are left out."""
        ...


class AuditTrail(Protocol):
    """One row per act, in the transaction."""

    async def record(
        self, *, organisation_id: UUID, actor: str, action: str, target: str, reason: str | None = None
    ) -> None: ...


class Transaction(Protocol):
    """Everything a use case may touch; commits when its owner leaves the block."""

    @property
    def users(self) -> Users: ...
    @property
    def entries(self) -> Entries: ...
    @property
    def administrations(self) -> Administrations: ...
    @property
    def assignments(self) -> Assignments: ...
    @property
    def plans(self) -> Plans: ...
    @property
    def events(self) -> Events: ...
    @property
    def audit(self) -> AuditTrail: ...
    @property
    def now(self) -> datetime:
        """When the transaction's work happens."""
        ...


class UnitOfWork(Protocol):
    """Opens transactions."""

    def begin(self, organisation_id: UUID | None) -> AbstractAsyncContextManager[Transaction]:
        """One organisation's rows; None is the system, for consumers and jobs."""
        ...
