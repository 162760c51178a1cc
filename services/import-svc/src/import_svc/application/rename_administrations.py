"""Following the names that packages give to companies."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from import_svc.application.ports import Transaction
from import_svc.domain.discovery import FoundCompany
from import_svc.domain.session import ImportSession
from koppel.contracts.administration import AdministrationRenamed


async def rename_administrations(
    transaction: Transaction,
    session: ImportSession,
    found: Sequence[tuple[UUID, FoundCompany]],
    now: datetime,
) -> None:
    """Imported administrations take over the names that discovery found."""
    names = {company.external_id: company.name for _, company in found}
    renamed = await transaction.administrations.rename(session.organisation_id, session.provider, names)
    await transaction.events.append(
        *(
            AdministrationRenamed(
                organisation_id=session.organisation_id, administration_id=each, name=name, renamed_at=now
            )
            for each, name in renamed.items()
        )
    )
