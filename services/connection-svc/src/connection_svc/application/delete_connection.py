"""Disconnecting: tokens shredded here and withdrawn at the package, and everyone told."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from connection_svc.application.ports import Ports, Transaction
from connection_svc.application.revocation import Revocation
from connection_svc.domain.connection import Connection, ConnectionState, Grant
from koppel.contracts.connection import ConnectionDeleted, ConnectionRevoked
from koppel.kernel.errors import NotFound
from koppel.kernel.ids import new_id


async def delete_connection(
    ports: Ports, transaction: Transaction, connection_id: UUID, *, by: UUID
) -> Sequence[UUID]:
    """Returns the revocations to try after commit. Raises `connection_not_found`, also the second time."""
    connection = await transaction.connections.lock(connection_id)
    if connection is None or connection.state is ConnectionState.DELETED:
        raise NotFound("connection", connection_id)
    now = ports.clock.now()
    grants = await transaction.grants.revoke(connection_id, now)
    await transaction.rotations.shred([grant.id for grant in grants], now)
    await transaction.logins.cancel_of(connection_id, now)
    await transaction.connections.change_state(connection_id, ConnectionState.DELETED, now)
    revocations = [revocation for grant in grants if (revocation := revocation_of(grant))]
    for revocation in revocations:
        await transaction.revocations.insert(revocation, due_at=now + 2 * ports.revoke_within, now=now)
    await _announce(transaction, connection, [grant.id for grant in grants], by, now)
    return [revocation.id for revocation in revocations]


def revocation_of(grant: Grant) -> Revocation | None:
    """What to withdraw: the refresh token, which ends its access tokens too (RFC 7009 §2.1), else the access token."""
    if grant.tokens is None:
        return None
    refresh = grant.tokens.refresh_token
    return Revocation(
        id=new_id(),
        organisation_id=grant.organisation_id,
        subject_id=grant.id,
        provider=grant.provider,
        token_field="refresh_token" if refresh is not None else "access_token",
        token_version=grant.tokens.version,
        token=refresh if refresh is not None else grant.tokens.access_token,
    )


async def _announce(
    transaction: Transaction, connection: Connection, grant_ids: Sequence[UUID], by: UUID, now: datetime
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
    await transaction.events.append(revoked, deleted)
    await transaction.audit.record(
        organisation_id=connection.organisation_id,
        actor=f"person:{by}",
        action="connection.deleted",
        target=f"connection/{connection.id}",
    )
