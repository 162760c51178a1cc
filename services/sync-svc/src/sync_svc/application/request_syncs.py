"""Asking for syncs: the API and the scheduler publish `SyncRequested`, like everyone else."""

from collections.abc import Container, Sequence
from uuid import UUID

from koppel.contracts.sync import SyncRequested
from koppel.contracts.values import ResourceName, SyncMode, SyncTrigger
from koppel.kernel.errors import Conflict, FieldError, InvalidInput
from koppel.kernel.ids import new_id
from sync_svc.application.outside import ProviderGateway
from sync_svc.application.ports import Requester, Transaction
from sync_svc.application.projections import REQUESTED_BY
from sync_svc.domain.administration import Administration, GrantState
from sync_svc.domain.policy import Policy, SweepRhythm, tells_deletions
from sync_svc.domain.request import Wanted

_DUE_AT_ONCE = 200


async def request_syncs(
    tx: Transaction,
    gateway: ProviderGateway,
    ids: Sequence[UUID],
    wanted: Wanted,
    caller: Requester,
    *,
    named: Sequence[ResourceName] = (),
) -> list[SyncRequested]:
    """Ask for one sync of each administration, all or none; an administration named twice is asked once.

    Raises `InvalidInput` (`administration_unknown`, `resource_not_offered`) or `Conflict`
    (`connection_revoked`, `administration_removed`). `named` are the resources in the order of the request.
    """
    unique = list(dict.fromkeys(ids))
    known = {found.administration_id: found for found in await tx.administrations.get(unique)}
    _check_known(ids, known.keys())
    administrations = [known[administration_id] for administration_id in unique]
    for administration in administrations:
        _check_usable(administration)
        check_offered(gateway, administration, named)
    events = [_requested(administration, wanted, caller, tx) for administration in administrations]
    await tx.events.append(*events)
    for event in events:
        await tx.audit.record(
            organisation_id=event.organisation_id,
            actor=caller.actor,
            action="sync.requested",
            target=f"administration/{event.administration_id}",
        )
    return events


async def request_due_syncs(tx: Transaction, gateway: ProviderGateway) -> int:
    """Ask for what is due and move each to its next instant; returns how many were asked.

    What still has an open run is not asked again, and neither is what waits for a login or is paused: syncs do not pile
    up. Whose sweep is due is read whole, also where only the sweep is, and else at the next time that it can be asked for.
    """
    moved, events = [], []
    for administration, policy, is_open, is_paused in await tx.policies.lock_due(tx.now, _DUE_AT_ONCE):
        rhythm = sweep_rhythm(gateway, administration.provider, policy)
        if is_open or is_paused or administration.grant_state is not GrantState.ACTIVE:
            moved.append(policy.passed(rhythm, tx.now, missed=is_paused and not is_open))
            continue
        following, mode = policy.asked(rhythm, tx.now)
        moved.append(following)
        events.append(_scheduled(administration, policy, mode, tx))
    await tx.policies.move(moved)
    await tx.events.append(*events)
    return len(events)


def sweep_rhythm(gateway: ProviderGateway, provider: str, policy: Policy) -> SweepRhythm:
    """How often the administration is swept."""
    return policy.rhythm(tells_deletions=provider_tells_deletions(gateway, provider, policy.resources))


def provider_tells_deletions(
    gateway: ProviderGateway, provider: str, resources: Container[ResourceName] | None
) -> bool:
    """Whether the provider tells of every deletion in these resources (None: in all)."""
    offered = gateway.listings(provider) or {}
    return tells_deletions(
        listing
        for resource, listings in offered.items()
        if resources is None or resource in resources
        for listing in listings
    )


def _scheduled(
    administration: Administration, policy: Policy, mode: SyncMode, tx: Transaction
) -> SyncRequested:
    return SyncRequested(
        organisation_id=administration.organisation_id,
        sync_request_id=new_id(),
        administration_id=administration.administration_id,
        resources=None if policy.resources is None else tuple(sorted(policy.resources)),
        mode=mode,
        trigger=SyncTrigger.SCHEDULE,
        requested_by=REQUESTED_BY,
        requested_at=tx.now,
    )


def check_offered(
    gateway: ProviderGateway, administration: Administration, resources: Sequence[ResourceName]
) -> None:
    """Raises `InvalidInput` (`resource_not_offered`) naming each resource that the provider does not have."""
    offered = gateway.listings(administration.provider) or {}
    errors = [
        FieldError(f"/resources/{position}", f"{administration.provider} does not offer {resource.value}")
        for position, resource in enumerate(resources)
        if resource not in offered
    ]
    if errors:
        raise InvalidInput(
            "resource_not_offered", "The accounting package does not offer all of these resources.", errors
        )


def _check_known(ids: Sequence[UUID], known: Container[UUID]) -> None:
    errors = [
        FieldError(f"/administration_ids/{position}", "no such administration")
        for position, administration_id in enumerate(ids)
        if administration_id not in known
    ]
    if errors:
        raise InvalidInput("administration_unknown", "Not all of these administrations exist.", errors)


def _check_usable(administration: Administration) -> None:
    if (gone := administration.gone) is not None:
        raise Conflict(gone.code, f"{gone.detail} (administration {administration.administration_id})")


def _requested(
    administration: Administration, wanted: Wanted, caller: Requester, tx: Transaction
) -> SyncRequested:
    return SyncRequested(
        organisation_id=administration.organisation_id,
        sync_request_id=new_id(),
        administration_id=administration.administration_id,
        resources=None if wanted.resources is None else tuple(sorted(wanted.resources)),
        mode=wanted.mode,
        trigger=caller.trigger,
        requested_by=caller.person_id,
        requested_at=tx.now,
    )
