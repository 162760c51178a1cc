"""What the use cases need of the database: one `Transaction` bundle of repositories."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from koppel.contracts.administration import AdministrationImported
from koppel.contracts.event import Event
from koppel.contracts.sync import SyncRequested
from koppel.contracts.values import Failure, SyncTrigger
from koppel.providers.records import ProviderRecord
from sync_svc.application.views import Views
from sync_svc.domain.administration import Administration, GrantState, Policy
from sync_svc.domain.listing import Reading
from sync_svc.domain.request import Lane, Wanted
from sync_svc.domain.run import Ending, Run


@dataclass(frozen=True, slots=True)
class Cause:
    """What led to the events of a transaction: the conversation, the event before, and the trace.

    `again`: the event was applied here before, and a rebuild brings it once more.
    """

    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    traceparent: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `actor` names them in the audit trail, `requested_by` in events."""

    actor: str
    requested_by: str
    trigger: SyncTrigger


@dataclass(frozen=True, slots=True)
class Applied:
    """What one page did to the records."""

    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Gone:
    """What a complete listing no longer shows, of what was live before."""

    vanished: int
    live: int


class Administrations(Protocol):
    """What import-svc told."""

    async def add(self, imported: AdministrationImported) -> bool:
        """Remember it; whether it was new."""
        ...

    async def put(self, imported: AdministrationImported) -> None:
        """Remember it as it is told, not removed, whatever was there."""
        ...

    async def get(self, ids: Iterable[UUID]) -> list[Administration]:
        """Those that are known, removed ones included."""
        ...

    async def remove(self, organisation_id: UUID, administration_id: UUID, reason: str) -> None: ...


class Grants(Protocol):
    """What connection-svc told."""

    async def set(
        self, organisation_id: UUID, connection_id: UUID, grant_ids: Iterable[UUID], state: GrantState
    ) -> None:
        """Note the state, also of grants unknown so far. Raises `OrganisationMismatch`."""
        ...

    async def recover(self, organisation_id: UUID, connection_id: UUID) -> list[UUID]:
        """Those of the connection that waited for a login work again; returns them."""
        ...

    async def put(
        self, organisation_id: UUID, connection_id: UUID, grant_ids: Iterable[UUID], state: GrantState
    ) -> None:
        """Note all of it, whatever was there."""
        ...

    async def is_of_another(self, organisation_id: UUID, grant_id: UUID) -> bool:
        """Whether the grant is known as another organisation's."""
        ...

    async def revoke_all(self, organisation_id: UUID, connection_id: UUID) -> None: ...


class Policies(Protocol):
    """Schedules."""

    async def get(self, administration_id: UUID) -> Policy | None: ...

    async def save(self, organisation_id: UUID, policy: Policy) -> None:
        """Make or replace."""
        ...

    async def disable(self, administration_id: UUID) -> None: ...

    async def hasten(self, organisation_id: UUID, grant_ids: Sequence[UUID], due_at: datetime) -> None:
        """Make the enabled policies of these grants' administrations due at `due_at`, unless they are sooner."""
        ...

    async def lock_due(self, now: datetime, limit: int) -> list[tuple[Administration, Policy, bool]]:
        """Due policies that no other process holds, each with whether a run of it is open already."""
        ...

    async def move(self, next_due: Mapping[UUID, datetime]) -> None: ...


class Runs(Protocol):
    """Runs and the requests they answer."""

    async def lock_open(self, administration_id: UUID) -> list[Run]:
        """The queued run and the one in work, if any, locked until the transaction ends."""
        ...

    async def lock(self, run_id: UUID) -> Run | None: ...

    async def enqueue(self, run: Run, lane: Lane, now: datetime) -> bool:
        """False when another queued run of the administration came first."""
        ...

    async def widen(self, run_id: UUID, wanted: Wanted, lane: Lane) -> None:
        """Let a queued run do more, and not later."""
        ...

    async def add_request(
        self, run: Run, sync_request_id: UUID, trigger: SyncTrigger, requested_by: str, requested_at: datetime
    ) -> None: ...

    async def restore_request(self, request: SyncRequested) -> None:
        """Note a request that was accepted before as it was made, with the run that answers it, where that is known."""
        ...

    async def has_request(self, organisation_id: UUID, sync_request_id: UUID) -> bool: ...

    async def request_ids(self, run_id: UUID) -> tuple[UUID, ...]: ...

    async def start(self, run: Run) -> None:
        """Store `state`, `started_at` and `fruitless_starts`."""
        ...

    async def progress(self, run_id: UUID, percent: int, at: datetime | None) -> str | None:
        """A page was applied: the fruitless counts begin anew. `at` is set when an event says so.

        Returns who asked to cancel the run, if anyone did.
        """
        ...

    async def defer(self, run: Run, until: datetime, failure: Failure) -> None: ...

    async def request_cancel(self, run_id: UUID, by: str) -> None: ...

    async def finish(self, run_id: UUID, ending: Ending, at: datetime) -> None: ...

    async def forget(self, finished_before: datetime, limit: int) -> int:
        """Delete old finished runs with their requests and listings, except each administration's newest."""
        ...

    async def claimable(self, now: datetime, limit: int) -> list[UUID]:
        """Runs that wait for a worker, in order of service: by lane, and organisations take turns."""
        ...


class Readings(Protocol):
    """Listings of runs, and the cursors that outlive them."""

    async def plan(self, run: Run, readings: Sequence[Reading]) -> None: ...

    async def of_run(self, run_id: UUID) -> list[Reading]:
        """In order of reading."""
        ...

    async def save(self, run: Run, reading: Reading) -> None: ...

    async def watermark(self, administration_id: UUID, listing: str) -> tuple[datetime | None, int | None]:
        """The watermark of the last finished reading and its total."""
        ...

    async def move_cursor(
        self, run: Run, reading: Reading, watermark: datetime | None, total: int | None, now: datetime
    ) -> None: ...


class Records(Protocol):
    """The synchronised objects of one administration, written with their events."""

    async def store(self, run: Run, reading: Reading, records: Sequence[ProviderRecord]) -> Applied:
        """Write those that are new or differ, with their events; the others are not touched."""
        ...

    async def exist(self, run: Run, reading: Reading) -> bool:
        """Whether the listing has live records already."""
        ...

    async def keep_ids(self, run: Run, reading: Reading, page: int, ids: Sequence[str]) -> None: ...

    async def distinct_ids(self, run: Run, reading: Reading) -> int:
        """How many different objects a whole (unfiltered) reading saw."""
        ...

    async def gone(self, run: Run, reading: Reading) -> Gone: ...

    async def strike(self, run: Run, reading: Reading) -> int:
        """Count a miss for what the reading did not show; delete at the second. Returns how many were deleted."""
        ...

    async def forget_ids(self, run: Run, reading: Reading | None = None) -> None:
        """Of one reading, or of all of the run."""
        ...


class Events(Protocol):
    """The event log, in the transaction."""

    async def append(self, *events: Event) -> list[int]: ...


class AuditTrail(Protocol):
    """One row per act, in the transaction."""

    async def record(
        self, *, organisation_id: UUID, actor: str, action: str, target: str, reason: str | None = None
    ) -> None: ...


class Transaction(Protocol):
    """Everything a use case may touch; commits when its owner leaves the block."""

    @property
    def administrations(self) -> Administrations: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def policies(self) -> Policies: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def readings(self) -> Readings: ...
    @property
    def records(self) -> Records: ...
    @property
    def views(self) -> Views: ...
    @property
    def events(self) -> Events: ...
    @property
    def audit(self) -> AuditTrail: ...
    @property
    def cause(self) -> Cause: ...
    @property
    def now(self) -> datetime: ...


class UnitOfWork(Protocol):
    """Opens transactions."""

    def begin(self, organisation_id: UUID | None) -> AbstractAsyncContextManager[Transaction]:
        """One organisation's rows; None is the system, for consumers and jobs."""
        ...


class LeasedWork(Protocol):
    """Opens transactions for a run under its lease: each proves first that the lease still holds.

    Raises `Conflict` with code `lease_lost` when it does not, and then nothing was written.
    """

    def begin(self) -> AbstractAsyncContextManager[Transaction]: ...
