"""Changing when an administration synchronises by itself."""

from dataclasses import replace
from uuid import UUID

from koppel.contracts.values import ResourceName
from koppel.kernel.errors import Conflict, NotFound
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.ports import Requester, Transaction
from sync_svc.application.request_syncs import check_offered
from sync_svc.domain.administration import Policy
from sync_svc.domain.schedule import next_due


async def change_policy(
    tx: Transaction,
    gateway: ProviderGateway,
    administration_id: UUID,
    caller: Requester,
    *,
    enabled: bool,
    interval_minutes: int,
    resources: list[ResourceName] | None,
) -> Policy:
    """The whole new policy; its next instant follows the new interval's phase.

    Raises `NotFound`, `InvalidInput` (`resource_not_offered`) or, when it is to be enabled for what can never
    be synchronised again, `Conflict` (`connection_revoked`, `administration_removed`).
    """
    known = await tx.administrations.get([administration_id])
    policy = await tx.policies.get(administration_id)
    if not known or policy is None:
        raise NotFound("administration", administration_id)
    check_offered(gateway, known[0], resources or ())
    if enabled and (gone := known[0].gone) is not None:
        raise Conflict(gone.code, gone.detail)
    changed = replace(
        policy,
        enabled=enabled,
        interval_minutes=interval_minutes,
        resources=None if resources is None else frozenset(resources),
        next_due_at=next_due(administration_id, interval_minutes, tx.now),
    )
    await tx.policies.save(changed)
    await tx.audit.record(
        organisation_id=known[0].organisation_id,
        actor=caller.actor,
        action="sync_policy.changed",
        target=f"administration/{administration_id}",
    )
    return changed
