"""A connection's state is that of its worst grant. Its recovery is an event, and so is that of a grant that was about to die."""

from datetime import datetime
from uuid import UUID

from connection_svc.application.ports import Transaction
from connection_svc.domain.connection import Connection, ConnectionState, state_by_grants
from koppel.contracts.connection import ConnectionRecovered


async def follow_grants(
    tx: Transaction, connection: Connection, changed_grant: UUID, now: datetime
) -> ConnectionState:
    """Set the state of a locked connection after one of its grants changed; returns it."""
    grants = await tx.grants.of_connections([connection.id])
    state = state_by_grants([grant.state for grant in grants])
    if state is not connection.state:
        await tx.connections.change_state(connection.id, connection.moved(state), now)
    if state is ConnectionState.ACTIVE:
        works_again = connection.state is ConnectionState.REAUTHORIZATION_REQUIRED
        live_on = await tx.expiries.take_renewed(connection.id)
        for grant_id in dict.fromkeys([*([changed_grant] if works_again else []), *live_on]):
            await tx.events.append(_recovered(connection, grant_id, now))
    return state


def _recovered(connection: Connection, grant_id: UUID, now: datetime) -> ConnectionRecovered:
    return ConnectionRecovered(
        organisation_id=connection.organisation_id,
        connection_id=connection.id,
        provider=connection.provider,
        grant_id=grant_id,
        recovered_at=now,
    )
