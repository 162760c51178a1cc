"""Facts of import-svc with believable fields, for services that consume them."""

from datetime import UTC, datetime
from uuid import UUID

from koppel.contracts.administration import (
    AdministrationImported,
    AdministrationMoved,
    AdministrationRemoved,
    AdministrationRenamed,
    AdministrationVanished,
)
from koppel.contracts.values import Sector
from koppel.kernel.ids import new_id

_AT = datetime(2026, 1, 1, tzinfo=UTC)


def imported(
    organisation_id: UUID,
    *,
    administration_id: UUID | None = None,
    import_session_id: UUID | None = None,
    import_session_size: int | None = None,
    name: str = "Bakkerij De Vroege Vogel B.V.",
) -> AdministrationImported:
    """A new administration, of a connection of its own."""
    return AdministrationImported(
        organisation_id=organisation_id,
        administration_id=administration_id or new_id(),
        connection_id=new_id(),
        grant_id=new_id(),
        provider="eaccounting",
        external_id=str(new_id()),
        name=name,
        kvk_number="01234567",
        sector=Sector(sbi_version="2025", code="C"),
        import_session_id=import_session_id or new_id(),
        import_session_size=import_session_size,
        imported_by=str(new_id()),
        imported_at=_AT,
    )


def renamed(of: AdministrationImported, name: str) -> AdministrationRenamed:
    """The same administration under another name."""
    return AdministrationRenamed(
        organisation_id=of.organisation_id, administration_id=of.administration_id, name=name, renamed_at=_AT
    )


def removed(of: AdministrationImported, reason: str = "removed_by_user") -> AdministrationRemoved:
    """The same administration leaves."""
    return AdministrationRemoved(
        organisation_id=of.organisation_id,
        administration_id=of.administration_id,
        reason=reason,
        removed_by=str(new_id()),
        removed_at=_AT,
    )


def moved(of: AdministrationImported, to_grant_id: UUID) -> AdministrationMoved:
    """The same administration is read with another grant, of another connection."""
    return AdministrationMoved(
        organisation_id=of.organisation_id,
        administration_id=of.administration_id,
        from_grant_id=of.grant_id,
        to_grant_id=to_grant_id,
        to_connection_id=new_id(),
        reason="reauthorization_required",
        moved_at=_AT,
    )


def vanished(of: AdministrationImported) -> AdministrationVanished:
    """The provider does not show the same administration any more."""
    return AdministrationVanished(
        organisation_id=of.organisation_id,
        administration_id=of.administration_id,
        reason="not_listed",
        vanished_at=_AT,
    )
