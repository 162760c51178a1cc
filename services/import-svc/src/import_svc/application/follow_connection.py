"""Keeping up with connections: each coroutine applies facts of connection-svc.

Each raises `OrganisationMismatch`, before anything is written, when a fact names a connection or grant that is known as
another organisation's.

With a rebuild (`transaction.again`) connections and grants become what they were, and sessions, which have gone on
since, are left as they are.
"""

from collections.abc import Sequence
from uuid import UUID

from import_svc.application.ports import Transaction
from import_svc.domain.connection import Connection, ConnectionState
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
from koppel.kernel.clock import Clock
from koppel.kernel.errors import OrganisationMismatch

Fact = (
    ConnectionCreated
    | ConnectionAuthorized
    | ConnectionReauthorizationRequired
    | ConnectionRecovered
    | ConnectionRevoked
    | ConnectionDeleted
)


async def add_connections(transaction: Transaction, facts: Sequence[ConnectionCreated]) -> None:
    """Know the connections; nobody has logged in yet."""
    await _only_own(transaction, facts)
    put = transaction.connections.restore if transaction.again else transaction.connections.put
    await put(
        [
            (
                Connection(fact.connection_id, fact.organisation_id, fact.provider, ConnectionState.PENDING),
                fact.name,
            )
            for fact in facts
        ]
    )


async def add_grants(
    transaction: Transaction, facts: Sequence[ConnectionAuthorized], *, clock: Clock
) -> None:
    """Know the grants, and discover them in sessions that are open."""
    await _only_own(transaction, facts)
    grants = [(fact.grant_id, fact.connection_id, fact.organisation_id) for fact in facts]
    if transaction.again:
        await transaction.connections.restore_active_grants(grants)
        return
    await transaction.connections.put_active_grants(grants)
    await transaction.sessions.due_for_grants([fact.grant_id for fact in facts], clock.now())


async def mark_reauthorization_required(
    transaction: Transaction, facts: Sequence[ConnectionReauthorizationRequired]
) -> None:
    """These grants do not work until somebody logs in again."""
    await _only_own(transaction, facts)
    await transaction.connections.require_reauthorization([fact.grant_id for fact in facts])


async def recover_grants(
    transaction: Transaction, facts: Sequence[ConnectionRecovered], *, clock: Clock
) -> None:
    """Every grant of these connections works again; those that failed in an open session are tried again."""
    await _only_own(transaction, facts)
    recovered = await transaction.connections.recover([fact.connection_id for fact in facts])
    if not transaction.again:
        await transaction.sessions.due_for_grants(recovered, clock.now())


async def revoke_grants(transaction: Transaction, fact: ConnectionRevoked) -> None:
    """Access is withdrawn; without any grant left, open sessions end."""
    await _only_own(transaction, [fact])
    if await transaction.connections.revoke(fact.connection_id, fact.grant_ids):
        await transaction.connections.set_state(fact.connection_id, ConnectionState.REVOKED)
        if not transaction.again:
            await transaction.sessions.fail_open(fact.connection_id, CONNECTION_REVOKED)


async def delete_connection(
    transaction: Transaction, fact: ConnectionDeleted, *, actor: str, clock: Clock
) -> None:
    """All its administrations leave the organisation with it."""
    await _only_own(transaction, [fact])
    await transaction.connections.set_state(fact.connection_id, ConnectionState.DELETED)
    await transaction.connections.revoke(fact.connection_id, fact.grant_ids)
    if not transaction.again:
        await transaction.sessions.fail_open(fact.connection_id, CONNECTION_REVOKED)
    now = clock.now()
    removed = await transaction.administrations.remove_of_connection(fact.connection_id, now)
    await transaction.events.append(
        *(
            AdministrationRemoved(
                organisation_id=organisation_id,
                administration_id=administration_id,
                reason="connection_deleted",
                removed_by=fact.deleted_by,
                removed_at=now,
            )
            for administration_id, organisation_id in removed
        )
    )
    if transaction.again and not removed:
        return
    await transaction.audit.record(
        organisation_id=fact.organisation_id,
        actor=actor,
        action="connection.administrations_removed",
        target=f"connection/{fact.connection_id}",
    )


async def _only_own(transaction: Transaction, facts: Sequence[Fact]) -> None:
    if transaction.again:
        return  # a rebuild comes from the owner's own log, and mends rows that say otherwise
    known = await transaction.connections.owners(
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
