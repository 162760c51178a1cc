"""Starting the wizard for a connection."""

import asyncio
import time
from datetime import timedelta
from uuid import UUID

from import_svc.application.ports import Transaction, UnitOfWork
from import_svc.domain.session import LIFETIME, ImportSession, SessionState
from koppel.kernel.clock import Clock
from koppel.kernel.errors import NotFound
from koppel.kernel.ids import new_id

_LOOK_EVERY = 0.05


async def await_connection(
    work: UnitOfWork, organisation_id: UUID, connection_id: UUID, *, within: timedelta
) -> None:
    """Return when the connection's first event is here. Raises `NotFound` (`connection_not_found`)."""
    deadline = time.monotonic() + within.total_seconds()
    while True:
        async with work.begin(organisation_id) as transaction:
            if await transaction.connections.find(connection_id) is not None:
                return
        if time.monotonic() >= deadline:
            raise NotFound("connection", connection_id)
        await asyncio.sleep(_LOOK_EVERY)


async def start_import_session(
    transaction: Transaction,
    *,
    organisation_id: UUID,
    connection_id: UUID,
    actor: str,
    user_id: str,
    clock: Clock,
    settle_window: timedelta,
) -> ImportSession:
    """Discovery of every grant begins at once. Raises `connection_not_found`, `connection_revoked`."""
    connection = await transaction.connections.pin(connection_id)
    if connection is None:
        raise NotFound("connection", connection_id)
    connection.require_usable()
    now = clock.now()
    session = ImportSession(
        id=new_id(),
        organisation_id=organisation_id,
        connection_id=connection_id,
        provider=connection.provider,
        state=SessionState.DISCOVERING,
        failure=None,
        created_by=user_id,
        created_at=now,
        settle_at=now + settle_window,
        expires_at=now + LIFETIME,
    )
    await transaction.sessions.add(session)
    await transaction.audit.record(
        organisation_id=organisation_id,
        actor=actor,
        action="import_session.started",
        target=f"import_session/{session.id}",
    )
    return session
