"""What import-svc knows of a connection."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from koppel.contracts.failures import CONNECTION_REVOKED
from koppel.kernel.errors import Conflict


class ConnectionState(StrEnum):
    """`pending` until the first login; `revoked` while no grant works by withdrawal."""

    PENDING = "pending"
    ACTIVE = "active"
    REVOKED = "revoked"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Connection:
    """An organisation's link to a provider."""

    id: UUID
    organisation_id: UUID
    provider: str
    state: ConnectionState

    def require_usable(self) -> None:
        """Raises `Conflict` (`connection_revoked`) when its access was withdrawn."""
        if self.state in (ConnectionState.REVOKED, ConnectionState.DELETED):
            raise connection_revoked()


def connection_revoked() -> Conflict:
    """The refusal of work on a connection whose access is gone."""
    return Conflict(CONNECTION_REVOKED.code, CONNECTION_REVOKED.detail)


@dataclass(frozen=True, slots=True)
class WorkingGrant:
    """A login that works now, and what it allowed."""

    id: UUID
    connection_id: UUID
    organisation_id: UUID
    scopes: tuple[str, ...]


class Connections(Protocol):
    """The projection of connections and their grants."""

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
        """Store them as given, over any existing rows."""
        ...

    async def put_active_grants(self, grants: Sequence[WorkingGrant]) -> None:
        """Their connections become active, deleted ones stay so."""
        ...

    async def restore_active_grants(self, grants: Sequence[WorkingGrant]) -> None:
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
