"""Constraints, compare-and-swap and the tenant wall, on the real database."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from connection_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from connection_svc.application.ports import Transaction
from connection_svc.domain.connection import Connection, ConnectionState, Grant, GrantState, Tokens
from connection_svc.domain.login import LoginOutcome, LoginRound, fingerprint
from connection_svc.domain.provider import LoginEndpoints
from connection_svc.domain.revocation import Revocation
from koppel.contracts.connection import Company
from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.database import Database

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=7)
"""The provider's clock."""


def connection(organisation: UUID) -> Connection:
    return Connection(
        id=new_id(),
        organisation_id=organisation,
        provider="eaccounting",
        name="Kantoor",
        state=ConnectionState.PENDING,
        state_since=NOW,
        created_by="someone",
        created_at=NOW,
    )


def tokens(version: int) -> Tokens:
    mark = str(version).encode()
    return Tokens(
        version=version,
        access_token=mark,
        refresh_token=mark,
        issued_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )


def grant(of: Connection, company: str = "acme") -> Grant:
    return Grant(
        id=new_id(),
        organisation_id=of.organisation_id,
        connection_id=of.id,
        provider=of.provider,
        state=GrantState.ACTIVE,
        state_since=NOW,
        company=Company(external_id=company, name=company),
        scopes=("ea:api",),
        authorized_by="someone",
        authorized_at=NOW,
        tokens=tokens(1),
    )


def login(of: Connection, state: str) -> LoginRound:
    return LoginRound(
        id=new_id(),
        organisation_id=of.organisation_id,
        connection_id=of.id,
        grant_id=None,
        provider=of.provider,
        return_url="http://localhost/",
        state_sha256=fingerprint(state),
        browser_sha256=fingerprint("browser"),
        code_verifier=b"sealed",
        endpoints=LoginEndpoints("a", "t", "r", "b", "c", "i"),
        started_by="someone",
        started_at=NOW,
        expires_at=NOW + timedelta(minutes=10),
    )


@pytest.fixture
async def stored(unit_of_work: PostgresUnitOfWork) -> Grant:
    """A grant in a connection of its own."""
    made = connection(new_id())
    held = grant(made)
    async with unit_of_work.begin(made.organisation_id) as tx:
        await tx.connections.insert(made)
        await tx.grants.insert(held)
    return held


async def test_what_is_written_is_read_back(unit_of_work: PostgresUnitOfWork, stored: Grant) -> None:
    async with unit_of_work.begin(stored.organisation_id) as tx:
        assert await tx.grants.get(stored.id) == stored
        round_ = login(connection(stored.organisation_id), str(new_id()))
        round_ = replace(round_, connection_id=stored.connection_id)
        await tx.logins.insert(round_)
    async with unit_of_work.begin(None) as tx:
        assert await tx.logins.consume(round_.state_sha256, "eaccounting", NOW) == round_


async def test_a_connection_has_one_grant_for_a_company(
    unit_of_work: PostgresUnitOfWork, stored: Grant
) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        async with unit_of_work.begin(stored.organisation_id) as tx:
            await tx.grants.insert(replace(stored, id=new_id()))


async def test_another_organisation_sees_and_changes_nothing(
    unit_of_work: PostgresUnitOfWork, stored: Grant
) -> None:
    async with unit_of_work.begin(new_id()) as tx:
        assert await tx.grants.get(stored.id) is None
        assert await tx.connections.get(stored.connection_id) is None
        assert await tx.connections.page(None, 10) == []
        assert not await tx.grants.replace_tokens(stored.id, tokens(2))
        assert await tx.grants.revoke(stored.connection_id, NOW) == []
    async with unit_of_work.begin(stored.organisation_id) as tx:
        assert await tx.grants.get(stored.id) == stored


async def test_nobody_writes_into_another_organisation(unit_of_work: PostgresUnitOfWork) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with unit_of_work.begin(new_id()) as tx:
            await tx.connections.insert(connection(new_id()))


async def test_a_grant_cannot_hang_on_another_organisations_connection(
    unit_of_work: PostgresUnitOfWork, stored: Grant
) -> None:
    stranger = new_id()
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with unit_of_work.begin(stranger) as tx:
            await tx.grants.insert(replace(stored, id=new_id(), organisation_id=stranger))


async def test_a_state_is_used_once_whoever_races(unit_of_work: PostgresUnitOfWork, stored: Grant) -> None:
    state = str(new_id())
    of = replace(connection(stored.organisation_id), id=stored.connection_id)
    async with unit_of_work.begin(stored.organisation_id) as tx:
        await tx.logins.insert(login(of, state))

    async def consume() -> bool:
        async with unit_of_work.begin(None) as tx:
            return await tx.logins.consume(fingerprint(state), "eaccounting", NOW) is not None

    assert sorted(await asyncio.gather(*(consume() for _ in range(5)))) == [False] * 4 + [True]


async def test_a_round_is_expired_once_whoever_races(unit_of_work: PostgresUnitOfWork, stored: Grant) -> None:
    of = replace(connection(stored.organisation_id), id=stored.connection_id)
    round_ = login(of, str(new_id()))
    async with unit_of_work.begin(stored.organisation_id) as tx:
        await tx.logins.insert(round_)

    async def expire() -> list[UUID]:
        async with unit_of_work.begin(None) as tx:
            return [ended.id for ended in await tx.logins.expire(round_.expires_at, 200)]

    ended = [each for some in await asyncio.gather(*(expire() for _ in range(5))) for each in some]
    assert ended.count(round_.id) == 1
    async with unit_of_work.begin(None) as tx:
        assert not await tx.logins.end(round_.id, LoginOutcome.AUTHORIZED, None, NOW)


async def test_a_round_in_work_is_given_time_to_finish(
    unit_of_work: PostgresUnitOfWork, stored: Grant
) -> None:
    of = replace(connection(stored.organisation_id), id=stored.connection_id)
    round_ = login(of, str(new_id()))
    used_at = round_.expires_at - timedelta(seconds=1)
    async with unit_of_work.begin(None) as tx:
        await tx.logins.insert(round_)
        await tx.logins.consume(round_.state_sha256, "eaccounting", used_at)
        early = await tx.logins.expire(round_.expires_at, 200)
        late = await tx.logins.expire(used_at + timedelta(minutes=2), 200)
    assert round_.id not in [ended.id for ended in early]
    assert round_.id in [ended.id for ended in late]


async def test_one_of_many_stores_a_token_version(unit_of_work: PostgresUnitOfWork, stored: Grant) -> None:
    async def swap() -> bool:
        async with unit_of_work.begin(None) as tx:
            return await tx.grants.replace_tokens(stored.id, tokens(2))

    assert sorted(await asyncio.gather(*(swap() for _ in range(5)))) == [False] * 4 + [True]


async def test_a_revoked_grant_takes_no_tokens_back(unit_of_work: PostgresUnitOfWork, stored: Grant) -> None:
    async with unit_of_work.begin(stored.organisation_id) as tx:
        (before,) = await tx.grants.revoke(stored.connection_id, NOW)
        assert before.tokens == stored.tokens
        assert not await tx.grants.replace_tokens(stored.id, tokens(2))
        after = await tx.grants.get(stored.id)
        assert after is not None
        assert (after.state, after.tokens) == (GrantState.REVOKED, None)


async def test_a_due_revocation_is_claimed_by_one(unit_of_work: PostgresUnitOfWork, stored: Grant) -> None:
    revocation = Revocation(
        id=new_id(),
        organisation_id=stored.organisation_id,
        subject_id=stored.id,
        provider="eaccounting",
        token_field="refresh_token",
        token_version=1,
        token=b"sealed",
    )
    async with unit_of_work.begin(stored.organisation_id) as tx:
        await tx.revocations.insert(revocation, due_at=NOW, now=NOW)

    async def claim() -> int:
        async with unit_of_work.begin(None) as tx:
            claimed = await tx.revocations.claim(NOW, NOW + timedelta(minutes=2), 1000)
            return [each.id for each in claimed].count(revocation.id)

    assert sum(await asyncio.gather(*(claim() for _ in range(5)))) == 1


async def test_a_repeated_intent_counts_what_was_never_answered(
    unit_of_work: PostgresUnitOfWork, stored: Grant
) -> None:
    async with unit_of_work.begin(None) as tx:
        first = await tx.rotations.intend(stored, NOW, LATER)
        await tx.rotations.withdraw(first, NOW, "provider_unreachable", answered=True)
        second = await tx.rotations.intend(stored, NOW, LATER)
        third = await tx.rotations.intend(stored, NOW, LATER)
        await tx.rotations.withdraw(third, NOW, "provider_unavailable", answered=True)
        fourth = await tx.rotations.intend(stored, NOW, LATER + timedelta(hours=1))
    assert [each.lost_before for each in (first, second, third, fourth)] == [False, False, True, True]
    assert third.attempts == 3
    assert (third.lost_at, fourth.lost_at) == (LATER, LATER)


async def test_work_that_exists_nowhere_else_waits_for_the_database(
    database: Database, stored: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = RetryPolicy(first=timedelta(milliseconds=1), longest=timedelta(milliseconds=2), attempts=5)
    unit_of_work = PostgresUnitOfWork(database, persistence=policy)
    outages = [
        ConnectionResetError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.ReadOnlySQLTransactionError(),
        asyncpg.InvalidAuthorizationSpecificationError(),
        asyncpg.ObjectNotInPrerequisiteStateError(),
        asyncpg.UndefinedFileError(),
        None,
    ]
    real: Callable[..., object] = unit_of_work.begin

    def begin(organisation_id: UUID | None) -> object:
        if (outage := outages.pop(0)) is not None:
            raise outage
        return real(organisation_id)

    async def work(tx: Transaction) -> bool:
        return await tx.grants.replace_tokens(stored.id, tokens(2))

    monkeypatch.setattr(unit_of_work, "begin", begin)
    assert await unit_of_work.persist(work)
    assert outages == []


async def test_what_a_constraint_refuses_is_not_tried_again(database: Database, stored: Grant) -> None:
    async def work(tx: Transaction) -> None:
        await tx.grants.insert(stored)

    with pytest.raises(asyncpg.UniqueViolationError):
        await PostgresUnitOfWork(database).persist(work)
