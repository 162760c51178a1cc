"""Statements that move many sessions at once move those that the table of transitions allows, and no others."""

from datetime import UTC, datetime

import pytest

from import_svc.domain.session import LIFETIME, SESSION_STATES, ImportSession, SessionState
from koppel.contracts.failures import CONNECTION_REVOKED
from koppel.kernel.ids import new_id

from .organisation import Organisation


async def add_session(organisation: Organisation, state: SessionState) -> ImportSession:
    connection_id, now = await organisation.connect([new_id()]), datetime.now(UTC)
    session = ImportSession(
        id=new_id(),
        organisation_id=organisation.organisation_id,
        connection_id=connection_id,
        provider="eaccounting",
        state=state,
        failure=CONNECTION_REVOKED if state is SessionState.FAILED else None,
        created_by="someone",
        created_at=now - 2 * LIFETIME,
        settle_at=now - 2 * LIFETIME,
        expires_at=now - LIFETIME,
    )
    async with organisation.work.begin(organisation.organisation_id) as tx:
        await tx.sessions.add(session)
    return session


async def state_of(organisation: Organisation, session: ImportSession) -> SessionState:
    async with organisation.work.begin(organisation.organisation_id) as tx:
        found = await tx.sessions.find(session.id)
    assert found is not None
    return found.state


@pytest.mark.parametrize("before", SessionState)
async def test_a_revoked_connection_fails_the_sessions_that_may_fail(
    organisation: Organisation, before: SessionState
) -> None:
    session = await add_session(organisation, before)
    async with organisation.work.begin(organisation.organisation_id) as tx:
        await tx.sessions.fail_open(session.connection_id, CONNECTION_REVOKED)
    after = SessionState.FAILED if SESSION_STATES.allow(before, SessionState.FAILED) else before
    assert await state_of(organisation, session) is after


@pytest.mark.parametrize("before", SessionState)
async def test_time_expires_the_sessions_that_may_expire(
    organisation: Organisation, before: SessionState
) -> None:
    session = await add_session(organisation, before)
    async with organisation.work.begin(None) as tx:
        await tx.sessions.expire(tx.now)
    after = SessionState.EXPIRED if SESSION_STATES.allow(before, SessionState.EXPIRED) else before
    assert await state_of(organisation, session) is after
