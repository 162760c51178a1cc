"""What import-svc knows of a connection."""

from dataclasses import dataclass
from enum import StrEnum
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
    """An organisation's link to a package."""

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
