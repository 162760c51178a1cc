"""What sync-svc knows of an administration, and whether it can be synchronised."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from koppel.contracts.failures import CONNECTION_REVOKED, REAUTHORIZATION_REQUIRED
from koppel.contracts.values import Failure, ResourceName
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When an administration synchronises by itself; `resources` None means all."""

    administration_id: UUID
    enabled: bool
    interval_minutes: int
    resources: frozenset[ResourceName] | None
    next_due_at: datetime
