"""Applies connection-svc's events, one coroutine each.

Each raises `OrganisationMismatch`, before anything is written, when a fact names a connection or grant that is known as
another organisation's.

With a rebuild (`tx.cause.again`) connections and grants become what they were, and sessions, which have gone on
since, are left as they are.
"""

from collections.abc import Sequence
from uuid import UUID

from import_svc.application.move_administrations import join_grants, leave_grants, note_logins
from import_svc.application.ports import Transaction
from import_svc.domain.connection import Connection, ConnectionState, WorkingGrant
from koppel.contracts.administration import AdministrationRemoved
from koppel.contracts.connection import (
    ConnectionAuthorized,
    ConnectionCreated,
    ConnectionDeleted,
    ConnectionReauthorizationRequired,
    ConnectionRecovered,
    ConnectionRevoked,
)
from koppel.contracts.failures import CONNECTION_REVOKED
from koppel.kernel.errors import OrganisationMismatch

Fact = (
    ConnectionCreated
    | ConnectionAuthorized
    | ConnectionReauthorizationRequired
    | ConnectionRecovered
    | ConnectionRevoked
    | ConnectionDeleted
)


async def add_connections(tx: Transaction, facts: Sequence[ConnectionCreated]) -> None:
    """Know the connections; nobody has logged in yet."""
    await _only_own(tx, facts)
    put = tx.connections.restore if tx.cause.again else tx.connections.put
    await put(
        [
            (
                Connection(fact.connection_id, fact.organisation_id, fact.provider, ConnectionState.PENDING),
                fact.name,
            )
            for fact in facts
        ]
    )


async def add_grants(tx: Transaction, facts: Sequence[ConnectionAuthorized]) -> None:
    """Know the grants, and discover them in sessions that are open."""
    await _only_own(tx, facts)
    grants = [
        WorkingGrant(fact.grant_id, fact.connection_id, fact.organisation_id, fact.scopes) for fact in facts
    ]
    if tx.cause.again:
        await tx.connections.restore_active_grants(grants)
        return
    await tx.connections.put_active_grants(grants)
    await tx.sessions.due_for_grants([fact.grant_id for fact in facts], tx.now)
    await note_logins(tx, facts)
    await join_grants(tx, [fact.grant_id for fact in facts])


async def mark_reauthorization_required(
    tx: Transaction, facts: Sequence[ConnectionReauthorizationRequired]
) -> None:
    """These grants do not work until somebody logs in again; what others reach goes on with those."""
    await _only_own(tx, facts)
    await tx.accesses.hold([fact.connection_id for fact in facts])
    grant_ids = [fact.grant_id for fact in facts]
    await tx.connections.require_reauthorization(grant_ids)
    if not tx.cause.again:
        await leave_grants(tx, grant_ids)


async def recover_grants(tx: Transaction, facts: Sequence[ConnectionRecovered]) -> None:
    """Every grant of these connections works again; those that failed in an open session are tried again."""
    await _only_own(tx, facts)
    recovered = await tx.connections.recover([fact.connection_id for fact in facts])
    if not tx.cause.again:
        await tx.sessions.due_for_grants(recovered, tx.now)
        await join_grants(tx, recovered)


async def revoke_grants(tx: Transaction, fact: ConnectionRevoked) -> None:
    """Access is withdrawn; what other grants reach goes on with those. Without any grant left, open sessions end."""
    await _only_own(tx, [fact])
    await tx.accesses.hold([fact.connection_id])
    if await tx.connections.revoke(fact.connection_id, fact.grant_ids):
        await tx.connections.set_state(fact.connection_id, ConnectionState.REVOKED)
        if not tx.cause.again:
            await tx.sessions.fail_open(fact.connection_id, CONNECTION_REVOKED)
    if not tx.cause.again:
        await leave_grants(tx, fact.grant_ids)


async def delete_connection(tx: Transaction, fact: ConnectionDeleted, actor: str) -> None:
    """Its administrations go on with other logins that reach them; the others leave the organisation with it."""
    await _only_own(tx, [fact])
    await tx.connections.set_state(fact.connection_id, ConnectionState.DELETED)
    await tx.connections.revoke(fact.connection_id, fact.grant_ids)
    if not tx.cause.again:
        await tx.sessions.fail_open(fact.connection_id, CONNECTION_REVOKED)
        await leave_grants(tx, fact.grant_ids)
    removed = await tx.administrations.remove_of_connection(fact.connection_id, tx.now)
    await tx.events.append(
        *(
            AdministrationRemoved(
                organisation_id=organisation_id,
                administration_id=administration_id,
                reason="connection_deleted",
                removed_by=fact.deleted_by,
                removed_at=tx.now,
            )
            for administration_id, organisation_id in removed
        )
    )
    if tx.cause.again and not removed:
        return
    await tx.audit.record(
        organisation_id=fact.organisation_id,
        actor=actor,
        action="connection.administrations_removed",
        target=f"connection/{fact.connection_id}",
    )


async def _only_own(tx: Transaction, facts: Sequence[Fact]) -> None:
    if tx.cause.again:
        return  # a rebuild comes from the owner's own log, and mends rows that say otherwise
    known = await tx.connections.owners(
        [fact.connection_id for fact in facts], [grant_id for fact in facts for grant_id in _grants(fact)]
    )
    owners = dict(known)
    for fact in facts:
        for named in (fact.connection_id, *_grants(fact)):
            if owners.setdefault(named, fact.organisation_id) != fact.organisation_id:
                raise OrganisationMismatch(f"The connection or grant {named} is another organisation's.")


def _grants(fact: Fact) -> tuple[UUID, ...]:
    match fact:
        case ConnectionCreated():
            return ()
        case ConnectionRevoked() | ConnectionDeleted():
            return fact.grant_ids
        case _:
            return (fact.grant_id,)
