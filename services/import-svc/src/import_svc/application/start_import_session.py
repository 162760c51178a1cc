"""Starting the wizard for a connection."""

from datetime import timedelta
from uuid import UUID

from import_svc.application.ports import Transaction
from import_svc.domain.session import LIFETIME, ImportSession, SessionState
from koppel.kernel.arrival import Patience, await_arrival
from koppel.kernel.errors import NotFound
from koppel.kernel.ids import new_id
from koppel.ports.caller import Caller
from koppel.ports.transaction import UnitOfWork


async def await_connection(
    unit_of_work: UnitOfWork[Transaction], organisation_id: UUID, connection_id: UUID, patience: Patience
) -> None:
    """Return when the connection's first event is here. Raises `NotFound` (`connection_not_found`)."""

    async def arrived() -> bool:
        async with unit_of_work.begin(organisation_id) as tx:
            return await tx.connections.find(connection_id) is not None

    if not await await_arrival(arrived, patience):
        raise NotFound("connection", connection_id)


async def start_import_session(
    tx: Transaction, caller: Caller, connection_id: UUID, *, settle_window: timedelta
) -> ImportSession:
    """Starts discovery of every grant. Raises `connection_not_found`, `connection_revoked`."""
    connection = await tx.connections.pin(connection_id)
    if connection is None:
        raise NotFound("connection", connection_id)
    connection.require_usable()
    session = ImportSession(
        id=new_id(),
        organisation_id=tx.organisation,
        connection_id=connection_id,
        provider=connection.provider,
        state=SessionState.DISCOVERING,
        failure=None,
        created_by=caller.person_id,
        created_at=tx.now,
        settle_at=tx.now + settle_window,
        expires_at=tx.now + LIFETIME,
    )
    await tx.sessions.add(session)
    await tx.audit.record(
        organisation_id=tx.organisation,
        actor=caller.actor,
        action="import_session.started",
        target=f"import_session/{session.id}",
    )
    return session
