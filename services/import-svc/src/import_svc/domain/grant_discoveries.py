"""The discovery of each grant within a session, as it is stored."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from import_svc.domain.discovery import GrantDiscovery
from import_svc.domain.session import DiscoveryTally, ImportSession


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

    async def tallies(self, session_ids: Sequence[UUID]) -> Mapping[UUID, DiscoveryTally]:
        """The same of many."""
        ...

    async def failures(self, session_id: UUID, limit: int) -> list[GrantDiscovery]:
        """Those with a failure: final, or to be tried again."""
        ...
