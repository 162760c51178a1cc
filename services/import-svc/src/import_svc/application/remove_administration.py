"""Taking administrations out of an organisation."""

from uuid import UUID

from import_svc.application.ports import Transaction
from koppel.contracts.administration import AdministrationRemoved
from koppel.kernel.errors import NotFound
from koppel.ports.caller import Caller


async def remove_administration(tx: Transaction, caller: Caller, administration_id: UUID) -> None:
    """Its company may be imported again later, as another administration. Raises `NotFound`."""
    administration = await tx.administrations.lock(administration_id)
    if administration is None:
        raise NotFound("administration", administration_id)
    await tx.administrations.remove(administration_id, tx.now)
    await tx.events.append(
        AdministrationRemoved(
            organisation_id=administration.organisation_id,
            administration_id=administration_id,
            reason="removed_by_user",
            removed_by=caller.person_id,
            removed_at=tx.now,
        )
    )
    await tx.audit.record(
        organisation_id=administration.organisation_id,
        actor=caller.actor,
        action="administration.removed",
        target=f"administration/{administration_id}",
    )
