"""Facts of other services become our read model; a new administration gets a schedule and its first sync."""

from collections.abc import Sequence
from uuid import UUID

from koppel.contracts.administration import (
    AdministrationImported,
    AdministrationMoved,
    AdministrationRemoved,
    AdministrationRenamed,
)
from koppel.contracts.connection import ConnectionExpiring
from koppel.contracts.sync import SyncRequested
from koppel.contracts.values import SyncMode, SyncTrigger
from koppel.kernel.errors import OrganisationMismatch, Permanent
from koppel.kernel.ids import new_id
from sync_svc.application.pauses import BY_LOGIN, REMOVED, resume
from sync_svc.application.ports import Transaction
from sync_svc.domain.administration import Administration, GrantState
from sync_svc.domain.pause import grant_of
from sync_svc.domain.policy import Policy
from sync_svc.domain.run import RunState

REQUESTED_BY = "sync-svc"


async def begin_administration(tx: Transaction, imported: AdministrationImported) -> None:
    """Remember it, schedule it and ask for its first, full sync; heard again, it changes nothing.

    Raises `OrganisationMismatch` for what is another organisation's administration, and `Permanent`
    (`grant_of_another_organisation`) for a new one that would be read through another's grant.
    """
    administration_id = imported.administration_id
    if not await tx.administrations.add(imported):
        await own_administration(tx, administration_id)
        return
    await _require_own_grant(tx, imported.grant_id)
    await tx.policies.save(Policy.first(administration_id, tx.now))
    await tx.events.append(
        SyncRequested(
            organisation_id=tx.organisation,
            sync_request_id=new_id(),
            administration_id=administration_id,
            mode=SyncMode.FULL,
            trigger=SyncTrigger.IMPORT,
            requested_by=REQUESTED_BY,
            requested_at=tx.now,
        )
    )


async def restore_administration(tx: Transaction, imported: AdministrationImported) -> None:
    """A rebuild: it is as it is told, and its schedule is kept, or the first one again where it is missing.

    Nothing is asked for: its first sync was, when it was new.
    """
    await tx.administrations.put(imported)
    if await tx.policies.get(imported.administration_id) is None:
        await tx.policies.save(Policy.first(imported.administration_id, tx.now))


async def move_administration(tx: Transaction, moved: AdministrationMoved) -> None:
    """It is read with another login from now on, and what it missed meanwhile is caught up with, once.

    Raises `OrganisationMismatch`, and `Permanent` (`grant_of_another_organisation`).
    """
    if await own_administration(tx, moved.administration_id) is None:
        return
    if not tx.cause.again:
        await _require_own_grant(tx, moved.to_grant_id)
    await tx.administrations.move(moved.administration_id, moved.to_connection_id, moved.to_grant_id)
    if not tx.cause.again:
        await tx.policies.due_at(moved.administration_id, tx.now)
        own = await tx.pauses.own(moved.administration_id)
        await resume(tx, [each.subject for each in own if each.ends_by_login], BY_LOGIN)


async def rename_administration(tx: Transaction, renamed: AdministrationRenamed) -> None:
    """Lists show the new name. Raises `OrganisationMismatch`."""
    if await own_administration(tx, renamed.administration_id) is not None:
        await tx.administrations.rename(renamed.administration_id, renamed.name)


async def _require_own_grant(tx: Transaction, grant_id: UUID) -> None:
    if await tx.grants.is_of_another(grant_id):
        raise Permanent(
            "grant_of_another_organisation", "The administration's grant is another organisation's."
        )


async def forget_administration(tx: Transaction, event: AdministrationRemoved) -> None:
    """It is never due again, and what runs of it stops at its next page. Raises `OrganisationMismatch`."""
    if await own_administration(tx, event.administration_id) is None:
        return
    await tx.administrations.remove(event.administration_id, event.reason)
    await tx.policies.disable(event.administration_id)
    if not tx.cause.again:
        await tx.departures.add(event.administration_id, tx.now)
        await tx.held_deletions.drop_all(event.administration_id)
        own = await tx.pauses.own(event.administration_id)
        await resume(tx, [each.subject for each in own], REMOVED)
    for run in await tx.runs.lock_open(event.administration_id):
        if run.state is not RunState.QUEUED:  # a queued one fails when it is taken up, and says why
            await tx.runs.request_cancel(run.run_id, REQUESTED_BY)


async def note_grant(tx: Transaction, connection_id: UUID, grant_id: UUID, state: GrantState) -> None:
    """A grant works again, or does not; one that works again lets its administrations catch up, once.

    Raises `OrganisationMismatch`.
    """
    if tx.cause.again:
        await tx.grants.put(connection_id, [grant_id], state)
        return
    await tx.grants.set(connection_id, [grant_id], state)
    if state is GrantState.ACTIVE:
        await _works_again(tx, [grant_id])


async def note_recovered(tx: Transaction, connection_id: UUID, grant_id: UUID) -> None:
    """Every grant of the connection that was not withdrawn works; this one was the last, or is not dying any more.

    Raises `OrganisationMismatch`.
    """
    if not tx.cause.again and await tx.grants.is_of_another(grant_id):
        raise OrganisationMismatch(f"The grant {grant_id} is another organisation's.")
    recovered = await tx.grants.recover(connection_id)
    await tx.reauthorizations.live_on([grant_id, *recovered])
    if not tx.cause.again:
        await _works_again(tx, recovered)


async def _works_again(tx: Transaction, grant_ids: Sequence[UUID]) -> None:
    await tx.policies.reschedule_now(grant_ids, tx.now)
    await resume(tx, await tx.pauses.ended_by_login(grant_ids), BY_LOGIN)


async def note_expiring(tx: Transaction, fact: ConnectionExpiring) -> None:
    """A grant that still works will die unless somebody acts. Raises `OrganisationMismatch`."""
    if await tx.grants.is_of_another(fact.grant_id):
        raise OrganisationMismatch(f"The grant {fact.grant_id} is another organisation's.")
    await tx.reauthorizations.expiring(fact)


async def note_revoked(
    tx: Transaction, connection_id: UUID, grant_ids: Sequence[UUID], *, all_of_it: bool
) -> None:
    """Grants are gone; with `all_of_it` every grant of the connection is. Raises `OrganisationMismatch`."""
    await tx.grants.set(connection_id, grant_ids, GrantState.REVOKED)
    if all_of_it:
        await tx.grants.revoke_all(connection_id)
    if not tx.cause.again:
        await resume(tx, [grant_of(each, tx.organisation) for each in grant_ids], REMOVED)


async def own_administration(tx: Transaction, administration_id: UUID) -> Administration | None:
    """The organisation's administration; None when it is not known. Raises `OrganisationMismatch`."""
    known = await tx.administrations.get([administration_id])
    if known and known[0].organisation_id != tx.organisation:
        raise OrganisationMismatch(f"The administration {administration_id} is another organisation's.")
    return known[0] if known else None
