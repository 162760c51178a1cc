"""Disconnecting: tokens shredded here and withdrawn at the provider, and everyone told."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.withdraw import revocation_of
from connection_svc.domain.connection import Connection, ConnectionState, Grant
from connection_svc.domain.revocation import Revocation
from connection_svc.domain.rotation import Attempt, answered_tokens
from koppel.contracts.connection import ConnectionDeleted, ConnectionRevoked
from koppel.kernel.errors import NotFound


async def delete_connection(
    ports: Ports, tx: Transaction, connection_id: UUID, *, by: UUID
) -> Sequence[UUID]:
    """Returns the revocations to try after commit. Raises `connection_not_found`, also the second time."""
    connection = await tx.connections.lock(connection_id)
    if connection is None or connection.state is ConnectionState.DELETED:
        raise NotFound("connection", connection_id)
    now = tx.now
    grants = await tx.grants.revoke(connection_id, now)
    answered = await tx.rotations.shred([grant.id for grant in grants])
    await tx.logins.cancel_of(connection_id, now)
    await tx.connections.change_state(connection_id, connection.moved(ConnectionState.DELETED), now)
    revocations = _withdrawals(grants, answered)
    for revocation in revocations:
        await tx.revocations.insert(revocation, due_at=now + 2 * ports.revoke_within, now=now)
    await _announce(tx, connection, [grant.id for grant in grants], by, now)
    return [revocation.id for revocation in revocations]


def _withdrawals(grants: Sequence[Grant], answered: Sequence[Attempt]) -> list[Revocation]:
    """Of what the grants hold, and of what their journal had not stored yet."""
    waiting = {attempt.grant_id: answered_tokens(attempt) for attempt in answered}
    held = [(grant, tokens) for grant in grants for tokens in (grant.tokens, waiting.get(grant.id))]
    return [revocation for grant, tokens in held if (revocation := revocation_of(grant, tokens))]


async def _announce(
    tx: Transaction, connection: Connection, grant_ids: Sequence[UUID], by: UUID, now: datetime
) -> None:
    revoked = ConnectionRevoked(
        organisation_id=connection.organisation_id,
        connection_id=connection.id,
        provider=connection.provider,
        grant_ids=tuple(grant_ids),
        reason="disconnected",
        revoked_at=now,
    )
    deleted = ConnectionDeleted(
        organisation_id=connection.organisation_id,
        connection_id=connection.id,
        provider=connection.provider,
        grant_ids=tuple(grant_ids),
        deleted_by=str(by),
        deleted_at=now,
    )
    await tx.events.append(revoked, deleted)
    await tx.audit.record(
        organisation_id=connection.organisation_id,
        actor=f"person:{by}",
        action="connection.deleted",
        target=f"connection/{connection.id}",
    )
