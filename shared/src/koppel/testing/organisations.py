"""One organisation and one of its administrations, new for every test."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from koppel.contracts.administration import AdministrationRenamed
from koppel.contracts.sync import SyncRequested
from koppel.contracts.values import SyncMode, SyncTrigger
from koppel.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation with a stream of its own on `koppel.administration.v1`."""

    organisation_id: UUID = field(default_factory=new_id)
    administration_id: UUID = field(default_factory=new_id)

    def renamed(self, name: str) -> AdministrationRenamed:
        """A small event of that stream."""
        return AdministrationRenamed(
            organisation_id=self.organisation_id,
            administration_id=self.administration_id,
            name=name,
            renamed_at=datetime(2026, 1, 1, tzinfo=UTC),
        )

    def sync_requested(self, by: str) -> SyncRequested:
        """A request for a sync of the administration."""
        return SyncRequested(
            organisation_id=self.organisation_id,
            sync_request_id=new_id(),
            administration_id=self.administration_id,
            mode=SyncMode.FULL,
            trigger=SyncTrigger.SERVICE,
            requested_by=by,
            requested_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
