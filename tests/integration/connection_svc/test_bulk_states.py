"""Statements that move grants without looking first move those that the table of transitions allows, and no others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connection_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from connection_svc.application.ports import Transaction
from connection_svc.domain.connection import GRANT_STATES, Grant, GrantState
from koppel.kernel.ids import new_id

from .test_repositories import NOW, connection, grant, tokens

LATER = NOW + timedelta(days=1)


async def grant_in(tx: Transaction, state: GrantState) -> Grant:
    of = connection(new_id())
    made = grant(of)
    await tx.connections.insert(of)
    await tx.grants.insert(made)
    if state is GrantState.REAUTHORIZATION_REQUIRED:
        await tx.grants.require_login(made.id, "grant_invalid", NOW)
    if state is GrantState.REVOKED:
        await tx.grants.revoke(of.id, NOW)
    return made


@pytest.mark.parametrize("before", GrantState)
async def test_a_deleted_connection_revokes_the_grants_that_may_be_revoked(
    unit_of_work: PostgresUnitOfWork, before: GrantState
) -> None:
    async with unit_of_work.begin(None) as tx:
        made = await grant_in(tx, before)
        await tx.grants.revoke(made.connection_id, LATER)
        found = await tx.grants.get(made.id)
    assert found is not None
    assert found.state is GrantState.REVOKED
    assert found.state_since == (LATER if GRANT_STATES.allow(before, GrantState.REVOKED) else NOW)


@pytest.mark.parametrize("before", GrantState)
async def test_renewed_tokens_make_active_what_may_become_active(
    unit_of_work: PostgresUnitOfWork, before: GrantState
) -> None:
    async with unit_of_work.begin(None) as tx:
        made = await grant_in(tx, before)
        await tx.grants.replace_tokens(made.id, replace(tokens(2), issued_at=LATER, expires_at=LATER))
        found = await tx.grants.get(made.id)
    moves = GRANT_STATES.allow(before, GrantState.ACTIVE)
    assert found is not None
    assert (found.state, found.state_since) == ((GrantState.ACTIVE, LATER) if moves else (before, NOW))
