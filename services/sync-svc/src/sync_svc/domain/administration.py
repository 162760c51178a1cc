"""What sync-svc knows of an administration, and whether it can be synchronised."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from koppel.contracts.administration import AdministrationImported
from koppel.contracts.failures import CONNECTION_REVOKED, REAUTHORIZATION_REQUIRED
from koppel.contracts.values import Failure
from sync_svc.domain import failure

REMOVED_WITH_CONNECTION = "connection_deleted"
"""The reason that import-svc gives when an administration went because its connection did."""


class GrantState(StrEnum):
    """What connection-svc says of a login."""

    ACTIVE = "active"
    REAUTHORIZATION_REQUIRED = "reauthorization_required"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """An imported administration; a grant that nothing was heard of yet counts as active."""

    administration_id: UUID
    organisation_id: UUID
    connection_id: UUID
    grant_id: UUID
    provider: str
    external_id: str
    removed_reason: str | None = None
    grant_state: GrantState = GrantState.ACTIVE

    @property
    def gone(self) -> Failure | None:
        """Why it can never be synchronised again, if so."""
        if self.grant_state is GrantState.REVOKED or self.removed_reason == REMOVED_WITH_CONNECTION:
            return CONNECTION_REVOKED
        return None if self.removed_reason is None else failure.ADMINISTRATION_REMOVED

    @property
    def obstacle(self) -> Failure | None:
        """Why it cannot be synchronised now, if so."""
        if self.gone is not None:
            return self.gone
        waits = self.grant_state is GrantState.REAUTHORIZATION_REQUIRED
        return REAUTHORIZATION_REQUIRED if waits else None


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

    async def remove(self, administration_id: UUID, reason: str) -> None: ...

    async def rename(self, administration_id: UUID, name: str) -> None: ...

    async def move(self, administration_id: UUID, connection_id: UUID, grant_id: UUID) -> None:
        """It is read through another login."""
        ...


class Grants(Protocol):
    """What connection-svc told."""

    async def set(self, connection_id: UUID, grant_ids: Iterable[UUID], state: GrantState) -> None:
        """Note the state, also of grants unknown so far. Raises `OrganisationMismatch`."""
        ...

    async def recover(self, connection_id: UUID) -> list[UUID]:
        """Those of the connection that waited for a login work again; returns them."""
        ...

    async def put(self, connection_id: UUID, grant_ids: Iterable[UUID], state: GrantState) -> None:
        """Note all of it, whatever was there."""
        ...

    async def is_of_another(self, grant_id: UUID) -> bool:
        """Whether the grant is known as another organisation's."""
        ...

    async def revoke_all(self, connection_id: UUID) -> None: ...
