"""Taking administrations out of an organisation."""

from uuid import UUID

from import_svc.application.ports import Transaction
from koppel.contracts.administration import AdministrationRemoved
from koppel.kernel.clock import Clock
from koppel.kernel.errors import NotFound


async def remove_administration(
    transaction: Transaction, administration_id: UUID, *, actor: str, user_id: str, clock: Clock
) -> None:
    """Its company may be imported again later, as another administration. Raises `NotFound`."""
    administration = await transaction.administrations.lock(administration_id)
    if administration is None:
        raise NotFound("administration", administration_id)
    now = clock.now()
    await transaction.administrations.remove(administration_id, now)
    await transaction.events.append(
        AdministrationRemoved(
            organisation_id=administration.organisation_id,
            administration_id=administration_id,
            reason="removed_by_user",
            removed_by=user_id,
            removed_at=now,
        )
    )
    await transaction.audit.record(
        organisation_id=administration.organisation_id,
        actor=actor,
        action="administration.removed",
        target=f"administration/{administration_id}",
    )
