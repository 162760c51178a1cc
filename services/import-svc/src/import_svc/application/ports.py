"""What the use cases need from outside.

A `Transaction` is open when a use case gets it, and whoever opened it commits. One of an organisation sees that
organisation's rows only; a system transaction (events, jobs) sees all.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from import_svc.domain.administration import Administration, AdministrationState
from import_svc.domain.candidate import Candidate, CandidateCounts
from import_svc.domain.connection import Connection, ConnectionState
from import_svc.domain.discovery import FoundCompany, GrantDiscovery
from import_svc.domain.profile import Profile
from import_svc.domain.session import DiscoveryTally, ImportSession, SessionState
from koppel.contracts.event import Event
from koppel.contracts.values import Failure


class Connections(Protocol):
    """The read model of connections and their grants."""

    async def find(self, connection_id: UUID) -> Connection | None: ...

    async def pin(self, connection_id: UUID) -> Connection | None:
        """Find it and keep events about it out until commit."""
        ...

    async def owners(
        self, connection_ids: Sequence[UUID], grant_ids: Sequence[UUID]
    ) -> Sequence[tuple[UUID, UUID]]:
        """(connection or grant, organisation) of those that are known."""
        ...

    async def put(self, connections: Sequence[tuple[Connection, str]]) -> None:
        """Add connections, each with its name; known ones are passed."""
        ...

    async def restore(self, connections: Sequence[tuple[Connection, str]]) -> None:
        """Have them as they are told, whatever was there."""
        ...

    async def put_active_grants(self, grants: Sequence[tuple[UUID, UUID, UUID]]) -> None:
        """(grant, connection, organisation) that work now; their connections become active, deleted ones stay so."""
        ...

    async def restore_active_grants(self, grants: Sequence[tuple[UUID, UUID, UUID]]) -> None:
        """The same, and whatever was there: also a grant's connection and organisation."""
        ...

    async def require_reauthorization(self, grant_ids: Sequence[UUID]) -> None: ...

    async def recover(self, connection_ids: Sequence[UUID]) -> list[UUID]:
        """All grants of these work again; returns the grants that did not."""
        ...

    async def revoke(self, connection_id: UUID, grant_ids: Sequence[UUID]) -> bool:
        """Returns whether no grant of the connection is left."""
        ...

    async def set_state(self, connection_id: UUID, state: ConnectionState) -> None: ...


class Sessions(Protocol):
    """Import sessions."""

    async def add(self, session: ImportSession) -> None:
        """With work due at once."""
        ...

    async def find(self, session_id: UUID) -> ImportSession | None: ...

    async def lock(self, session_id: UUID) -> ImportSession | None:
        """Find it, and own it until commit."""
        ...

    async def advance(
        self, session_id: UUID, state: SessionState, failure: Failure | None, due_at: datetime | None
    ) -> None: ...

    async def due_for_grants(self, grant_ids: Sequence[UUID], now: datetime) -> None:
        """Discover these grants in the open sessions of their connections, again where that had failed."""
        ...

    async def fail_open(self, connection_id: UUID, failure: Failure) -> None:
        """End the open sessions of a connection."""
        ...

    async def expire(self, now: datetime) -> int:
        """End open sessions that are past their time; returns how many."""
        ...

    async def due(self, now: datetime, limit: int) -> list[UUID]:
        """Sessions with work and without a worker, longest due first."""
        ...

    async def next_due_at(self) -> datetime | None:
        """When the next session without a worker has work."""
        ...


class Discoveries(Protocol):
    """The discovery of each grant within a session."""

    async def add_missing(self, session: ImportSession, now: datetime) -> None:
        """A waiting row for every grant of the session's connection that has none; withdrawn grants get none."""
        ...

    async def due(self, session_id: UUID, now: datetime, limit: int) -> list[GrantDiscovery]: ...

    async def put(self, session_id: UUID, discoveries: Sequence[GrantDiscovery]) -> None: ...

    async def postpone(self, session_id: UUID, until: datetime) -> None:
        """Nothing that waits is tried before `until`."""
        ...

    async def tally(self, session_id: UUID) -> DiscoveryTally: ...

    async def failures(self, session_id: UUID, limit: int) -> list[GrantDiscovery]:
        """Those with a failure: final, or to be tried again."""
        ...


class Candidates(Protocol):
    """Candidates of a session."""

    async def add(self, session: ImportSession, found: Sequence[tuple[UUID, FoundCompany]]) -> None:
        """(grant, company); a company known to the session keeps its candidate and grant, its facts are renewed."""
        ...

    async def page(self, session_id: UUID, after: UUID | None, limit: int) -> list[Candidate]: ...

    async def by_id(self, session_id: UUID, candidate_ids: Sequence[UUID]) -> dict[UUID, Candidate]: ...

    async def selected(self, session_id: UUID) -> list[Candidate]: ...

    async def imported(self, session_id: UUID) -> list[tuple[UUID, UUID]]:
        """(candidate, administration) of this session's import, in the candidates' order."""
        ...

    async def select(self, session_id: UUID, candidate_ids: Sequence[UUID]) -> None:
        """Exactly these are selected."""
        ...

    async def store_profiles(self, profiles: Mapping[UUID, Profile]) -> None: ...

    async def mark_imported(self, administrations: Mapping[UUID, UUID]) -> None:
        """Administration by candidate."""
        ...

    async def counts(self, session_id: UUID) -> CandidateCounts: ...


class Administrations(Protocol):
    """Imported administrations. Removed ones are found by nobody but `page` with that state."""

    async def add(self, administrations: Sequence[Administration]) -> set[UUID]:
        """Returns the ids that were added; the rest exist in the organisation as another administration."""
        ...

    async def find(self, administration_id: UUID) -> Administration | None: ...

    async def lock(self, administration_id: UUID) -> Administration | None: ...

    async def page(
        self,
        *,
        state: AdministrationState | None,
        connection_id: UUID | None,
        after: UUID | None,
        limit: int,
    ) -> list[Administration]:
        """In the order of their ids; without `state` those that are not removed."""
        ...

    async def change_profile(self, administration_id: UUID, profile: Profile) -> None: ...

    async def rename(self, organisation_id: UUID, provider: str, names: Mapping[str, str]) -> dict[UUID, str]:
        """Names by external id; returns the new names of those that were called otherwise."""
        ...

    async def remove(self, administration_id: UUID, now: datetime) -> None: ...

    async def remove_of_connection(self, connection_id: UUID, now: datetime) -> list[tuple[UUID, UUID]]:
        """(administration, organisation) that were removed now."""
        ...


class Events(Protocol):
    """The event log."""

    async def append(self, *events: Event) -> list[int]: ...


class Audit(Protocol):
    """The audit trail."""

    async def record(
        self,
        *,
        organisation_id: UUID | None,
        actor: str,
        action: str,
        target: str,
        reason: str | None = None,
    ) -> None: ...


class Transaction(Protocol):
    """Everything that commits together."""

    @property
    def again(self) -> bool:
        """A rebuild: the event was applied here before. What people do with what it tells is left alone."""
        ...

    @property
    def connections(self) -> Connections: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def discoveries(self) -> Discoveries: ...
    @property
    def candidates(self) -> Candidates: ...
    @property
    def administrations(self) -> Administrations: ...
    @property
    def events(self) -> Events: ...
    @property
    def audit(self) -> Audit: ...


class UnitOfWork(Protocol):
    """Opens transactions; leaving the block commits, an exception rolls back."""

    def begin(self, organisation_id: UUID | None) -> AbstractAsyncContextManager[Transaction]:
        """For one organisation, or for the system with None."""
        ...


class OwnedWork(Protocol):
    """Work on a session that one process owns at a time."""

    @property
    def lost(self) -> asyncio.Event:
        """Set once another process owns the work."""
        ...

    def begin(self) -> AbstractAsyncContextManager[Transaction]:
        """A system transaction that holds the ownership until commit. Raises `Conflict` when it is lost."""
        ...


class CompanySource(Protocol):
    """The companies behind a grant, asked at the package."""

    async def companies(self, provider: str, organisation_id: UUID, grant_id: UUID) -> list[FoundCompany]:
        """What the organisation's grant gives access to. Raises `DiscoveryFailed`."""
        ...
