"""import-svc after somebody was at its tables: a rebuild has them as before, and leaves people's sessions alone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from import_svc.adapters.postgres.unit_of_work import PostgresTransaction, PostgresUnitOfWork
from import_svc.application.start_import_session import start_import_session
from import_svc.domain.administration import Administration, AdministrationState
from import_svc.domain.profile import Profile
from import_svc.entrypoints.events import TABLES, subscriptions
from koppel.kernel.ids import new_id
from koppel.ports.caller import Caller
from koppel.testing.databases import service_database
from koppel.testing.rebuilds import Delivered
from koppel.testing.wreckage import Wreckage

from .connections import authorized, created, deleted, recovered, revoked, stopped
from .wrecked import Here, undeclared, vandal

FILLED = [Wreckage("connection"), Wreckage("connection_grant")]
DECIDED = [Wreckage(table) for table in ("import_session", "grant_discovery", "administration")]


@dataclass
class Organisation(Here):
    """One organisation that connects and imports."""

    work: PostgresUnitOfWork
    id: UUID = field(default_factory=new_id)

    async def connect(self, *grants: UUID) -> UUID:
        connection = new_id()
        await self.delivered.live(
            created(self.id, connection), *(authorized(self.id, connection, grant) for grant in grants)
        )
        return connection

    async def session(self, connection: UUID) -> UUID:
        """With each grant's discovery begun."""
        async with self.work.begin(self.id) as tx:
            session = await start_import_session(
                tx, Caller(person_id="p", actor="person:p"), connection, settle_window=timedelta(0)
            )
            await tx.discoveries.add_missing(session, datetime.now(UTC))
        return session.id

    async def administration(self, connection: UUID, grant: UUID, session: UUID) -> None:
        async with self.work.begin(self.id) as tx:
            await tx.administrations.add([_administration(self.id, connection, grant, session)])

    async def at_tables(self, statement: str) -> None:
        async with vandal(self.created) as rows:
            await rows.execute(statement)

    async def see(self, statement: str) -> list[Any]:
        async with self.work.begin(None) as tx:
            assert isinstance(tx, PostgresTransaction)
            return [tuple(row) for row in await tx.connection.fetch(statement)]


def _administration(organisation: UUID, connection: UUID, grant: UUID, session: UUID) -> Administration:
    return Administration(
        id=new_id(),
        organisation_id=organisation,
        connection_id=connection,
        grant_id=grant,
        provider="eaccounting",
        external_id=str(new_id()),
        name="Bakkerij",
        state=AdministrationState.ACTIVE,
        profile=Profile(kvk_number="01234567"),
        import_session_id=session,
        imported_by="p",
        imported_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.fixture
async def organisation(postgres_server: str) -> AsyncIterator[Organisation]:
    async with service_database(postgres_server, "import", "import_svc") as made:
        database = made.open()
        await database.open()
        work = PostgresUnitOfWork(database)
        yield Organisation(made, Delivered(database, subscriptions(work)), work)
        await database.close()


async def test_every_table_is_of_one_kind(organisation: Organisation) -> None:
    assert await undeclared(organisation.created, TABLES, FILLED) == set()


@pytest.mark.parametrize("seed", range(3))
async def test_wrecked_tables_are_as_before(organisation: Organisation, seed: int) -> None:
    await _years_of_work(organisation)
    decided = await organisation.state(DECIDED)
    for round_number in range(2):
        random = Random(f"{seed}/{round_number}")
        await organisation.is_rebuilt(FILLED, random, batch=random.choice((1, 5, 100)))
    assert await organisation.state(DECIDED) == decided


async def _years_of_work(organisation: Organisation) -> None:
    grants = [new_id() for _ in range(8)]
    busy, withdrawn, gone = (
        await organisation.connect(*grants[:3]),
        await organisation.connect(grants[3], grants[4]),
        await organisation.connect(grants[5]),
    )
    await organisation.connect()
    await organisation.connect(grants[6])
    for connection, grant in ((busy, grants[0]), (gone, grants[5])):
        await organisation.administration(connection, grant, await organisation.session(connection))
    await organisation.delivered.live(
        stopped(organisation.id, busy, grants[0]),
        recovered(organisation.id, busy, grants[0]),
        stopped(organisation.id, busy, grants[1]),
        revoked(organisation.id, busy, grants[2]),
        revoked(organisation.id, withdrawn, grants[3], grants[4]),
        deleted(organisation.id, gone, grants[5]),
    )
    await organisation.delivered.live(authorized(organisation.id, busy, grants[7]))
    await organisation.session(busy)


async def test_a_session_that_was_begun_after_a_withdrawal_goes_on(organisation: Organisation) -> None:
    """When it is rebuilt the connection loses its grants once more, and has them again at the end."""
    grant = new_id()
    connection = await organisation.connect(grant)
    await organisation.delivered.live(
        revoked(organisation.id, connection, grant), authorized(organisation.id, connection, grant)
    )
    await organisation.session(connection)
    await organisation.at_tables("update import_session set work_due_at = null")
    before = await organisation.state(DECIDED)
    await organisation.delivered.rebuild()
    assert await organisation.state(DECIDED) == before


async def test_an_administration_of_a_deleted_connection_is_removed_again_and_that_is_not_told_twice(
    organisation: Organisation,
) -> None:
    grant = new_id()
    connection = await organisation.connect(grant)
    await organisation.administration(connection, grant, await organisation.session(connection))
    await organisation.delivered.live(deleted(organisation.id, connection, grant))
    before = await organisation.state([*FILLED, *DECIDED])
    await organisation.at_tables("update administration set state = 'active'")
    await organisation.delivered.rebuild()
    assert await organisation.state([*FILLED, *DECIDED]) == before


async def test_a_connection_that_nothing_refers_to_goes_when_no_event_tells_of_it(
    organisation: Organisation,
) -> None:
    connection = await organisation.connect(new_id())
    before = await organisation.state(FILLED)
    stray = (
        f"insert into connection_grant values ('{new_id()}', '{organisation.id}', '{connection}', 'active')"
    )
    await organisation.at_tables(stray)
    await organisation.delivered.rebuild(from_version=2)
    assert len(await organisation.see("select 1 from connection_grant")) == 2
    await organisation.delivered.rebuild()
    assert await organisation.state(FILLED) == before
