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
class Office(Here):
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
async def office(postgres_server: str) -> AsyncIterator[Office]:
    async with service_database(postgres_server, "import", "import_svc") as made:
        database = made.open()
        await database.open()
        work = PostgresUnitOfWork(database)
        yield Office(made, Delivered(database, subscriptions(work)), work)
        await database.close()


async def test_every_table_is_of_one_kind(office: Office) -> None:
    assert await undeclared(office.created, TABLES, FILLED) == set()


@pytest.mark.parametrize("seed", range(3))
async def test_wrecked_tables_are_as_before(office: Office, seed: int) -> None:
    await _years_of_work(office)
    decided = await office.state(DECIDED)
    for round_number in range(2):
        random = Random(f"{seed}/{round_number}")
        await office.is_rebuilt(FILLED, random, batch=random.choice((1, 5, 100)))
    assert await office.state(DECIDED) == decided


async def _years_of_work(office: Office) -> None:
    grants = [new_id() for _ in range(8)]
    busy, withdrawn, gone = (
        await office.connect(*grants[:3]),
        await office.connect(grants[3], grants[4]),
        await office.connect(grants[5]),
    )
    await office.connect()
    await office.connect(grants[6])
    for connection, grant in ((busy, grants[0]), (gone, grants[5])):
        await office.administration(connection, grant, await office.session(connection))
    await office.delivered.live(
        stopped(office.id, busy, grants[0]),
        recovered(office.id, busy, grants[0]),
        stopped(office.id, busy, grants[1]),
        revoked(office.id, busy, grants[2]),
        revoked(office.id, withdrawn, grants[3], grants[4]),
        deleted(office.id, gone, grants[5]),
    )
    await office.delivered.live(authorized(office.id, busy, grants[7]))
    await office.session(busy)


async def test_a_session_that_was_begun_after_a_withdrawal_goes_on(office: Office) -> None:
    """When it is rebuilt the connection loses its grants once more, and has them again at the end."""
    grant = new_id()
    connection = await office.connect(grant)
    await office.delivered.live(
        revoked(office.id, connection, grant), authorized(office.id, connection, grant)
    )
    await office.session(connection)
    await office.at_tables("update import_session set work_due_at = null")
    before = await office.state(DECIDED)
    await office.delivered.rebuild()
    assert await office.state(DECIDED) == before


async def test_an_administration_of_a_deleted_connection_is_removed_again_and_that_is_not_told_twice(
    office: Office,
) -> None:
    grant = new_id()
    connection = await office.connect(grant)
    await office.administration(connection, grant, await office.session(connection))
    await office.delivered.live(deleted(office.id, connection, grant))
    before = await office.state([*FILLED, *DECIDED])
    await office.at_tables("update administration set state = 'active'")
    await office.delivered.rebuild()
    assert await office.state([*FILLED, *DECIDED]) == before


async def test_a_connection_that_nothing_refers_to_goes_when_no_event_tells_of_it(office: Office) -> None:
    connection = await office.connect(new_id())
    before = await office.state(FILLED)
    stray = f"insert into connection_grant values ('{new_id()}', '{office.id}', '{connection}', 'active')"
    await office.at_tables(stray)
    await office.delivered.rebuild(from_version=2)
    assert len(await office.see("select 1 from connection_grant")) == 2
    await office.delivered.rebuild()
    assert await office.state(FILLED) == before
