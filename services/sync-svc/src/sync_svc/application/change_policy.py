"""Changing when an administration synchronises by itself."""

from dataclasses import replace
from uuid import UUID

from koppel.contracts.values import ResourceName
from koppel.kernel.errors import Conflict, FieldError, InvalidInput, NotFound
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.ports import Requester, Transaction
from sync_svc.application.request_syncs import check_offered, provider_tells_deletions, sweep_rhythm
from sync_svc.domain.policy import Policy, SweepRhythm
from sync_svc.domain.schedule import Cron, Schedule


async def policy_of(tx: Transaction, administration_id: UUID) -> Policy:
    """Raises `NotFound`."""
    if (policy := await tx.policies.get(administration_id)) is None:
        raise NotFound("administration", administration_id)
    return policy


async def change_policy(
    tx: Transaction,
    gateway: ProviderGateway,
    administration_id: UUID,
    caller: Requester,
    *,
    enabled: bool,
    schedule: Schedule,
    resources: list[ResourceName] | None,
    sweep: SweepRhythm | None,
    freshness_minutes: int | None = None,
) -> Policy:
    """The whole new policy; its next instants follow the phases of the new schedule and of its sweep.

    Raises `NotFound`, `InvalidInput` (`cron_invalid`, `resource_not_offered`, `sweep_required`) or, when it is to be enabled for what can never
    be synchronised again, `Conflict` (`connection_revoked`, `administration_removed`).
    """
    if isinstance(schedule, Cron):
        schedule.check(tx.now)
    known = await tx.administrations.get([administration_id])
    if not known:
        raise NotFound("administration", administration_id)
    policy = await policy_of(tx, administration_id)
    check_offered(gateway, known[0], resources or ())
    if sweep is SweepRhythm.NEVER and not provider_tells_deletions(gateway, known[0].provider, resources):
        raise InvalidInput(
            "sweep_required",
            "The accounting package does not tell what was deleted; only a sweep finds it.",
            [FieldError("/sweep", "must not be never here")],
        )
    if enabled and (gone := known[0].gone) is not None:
        raise Conflict(gone.code, gone.detail)
    changed = replace(
        policy,
        enabled=enabled,
        schedule=schedule,
        resources=None if resources is None else frozenset(resources),
        sweep=sweep,
        freshness_minutes=freshness_minutes,
        usual_objective=None,
    )
    rhythm = sweep_rhythm(gateway, known[0].provider, changed)
    if rhythm is not sweep_rhythm(gateway, known[0].provider, policy):
        changed = replace(changed, next_sweep_at=None)
    changed = changed.passed(rhythm, tx.now)
    await tx.policies.save(changed)
    await tx.audit.record(
        organisation_id=known[0].organisation_id,
        actor=caller.actor,
        action="sync_policy.changed",
        target=f"administration/{administration_id}",
    )
    return changed
