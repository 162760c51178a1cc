"""Following the names that providers give to companies."""

from collections.abc import Sequence
from uuid import UUID

from import_svc.application.ports import Transaction
from import_svc.domain.session import ImportSession
from koppel.contracts.administration import AdministrationRenamed
from koppel.providers.company import Company


async def rename_administrations(
    tx: Transaction,
    session: ImportSession,
    found: Sequence[tuple[UUID, Company]],
) -> None:
    """Imported administrations take over the names that discovery found."""
    names = {company.external_id: company.name for _, company in found}
    renamed = await tx.within(session.organisation_id).administrations.rename(session.provider, names)
    await tx.events.append(
        *(
            AdministrationRenamed(
                organisation_id=session.organisation_id, administration_id=each, name=name, renamed_at=tx.now
            )
            for each, name in renamed.items()
        )
    )
