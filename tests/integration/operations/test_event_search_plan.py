"""A search of the log reads what it finds and little more, whatever the planner believes of the log."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from tests.integration.plans import Node, carried_out, rows_read

from koppel.kernel.ids import moment_of, new_id
from koppel.platform.database import Connection, Database
from koppel.platform.outbox.event_filter import EventFilter
from koppel.platform.outbox.search import find_events
from koppel.testing.databases import ServiceDatabase

LOGGED = 8_000
LIMIT = 60
MOST = 2 * LIMIT
"""Rows that one node of a plan may read: a page of each branch, and one more."""
OF_ADMINISTRATION = 2 * LOGGED // 250
"""Rows that it has: in two hundred and fifty one of its records, and half as many of its own stream."""

ORGANISATION, CONVERSATION, CAUSE, EVENT, ADMINISTRATION = (new_id() for _ in range(5))
_FILL = """
insert into event_log (event_id, topic, key, version, type, organisation_id, occurred_at, payload,
                       correlation_id, causation_id)
select case number when 20 then $2::uuid else uuidv7() end,
       case when number % 10 = 0 then 'koppel.administration.v1' else 'koppel.record.v1' end,
       case when number % 10 = 0 then case number % 500 when 0 then $6 else gen_random_uuid()::text end
            else case number % 250 when 1 then $6 else gen_random_uuid()::text end || '/contact/' || number end,
       1, 'nl.koppel.' || case when number % 10 = 0 then 'AdministrationRenamed' else 'RecordChanged' end || '.v1',
       case number % 20 when 0 then $3::uuid else gen_random_uuid() end, now(), '{}',
       case number % 20 when 0 then $4 else uuidv7() end, case number % 20 when 0 then $5 else uuidv7() end
from generate_series(1, $1) number
"""


class Explaining:
    """A connection that keeps the plan of what is fetched."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.steps: list[Node] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        self.steps = await carried_out(self._connection, sql, *arguments)
        return await self._connection.fetch(sql, *arguments)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["no statistics", "fresh statistics"])
async def filled(request: pytest.FixtureRequest, schema: ServiceDatabase) -> AsyncIterator[ServiceDatabase]:
    opened = schema.open()
    await opened.open()
    async with opened.system() as connection:
        if not await connection.fetchval("select exists (select from event_log)"):
            await connection.execute(
                _FILL, LOGGED, EVENT, ORGANISATION, CONVERSATION, CAUSE, str(ADMINISTRATION)
            )
    await opened.close()
    if request.param == "fresh statistics":
        owner = await asyncpg.connect(schema.owner_dsn)
        await owner.execute(f'analyze "{schema.schema}".event_log')
        await owner.close()
    yield schema


@pytest.mark.parametrize("plans", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize(
    "wanted",
    [
        EventFilter(event_id=EVENT),
        EventFilter(correlation_id=CONVERSATION),
        EventFilter(causation_id=CAUSE),
        EventFilter(organisation_id=ORGANISATION),
        EventFilter(organisation_id=ORGANISATION, type="nl.koppel.AdministrationRenamed.v1"),
        EventFilter(type="nl.koppel.AdministrationRenamed.v1"),
        EventFilter(from_=datetime.now(UTC) - timedelta(hours=1)),
        EventFilter(from_=datetime.now(UTC) + timedelta(hours=1)),
        EventFilter(organisation_id=ORGANISATION, from_=datetime.now(UTC) + timedelta(hours=1)),
        EventFilter(type="nl.koppel.SyncFailed.v1"),
        EventFilter(organisation_id=ORGANISATION, type="nl.koppel.SyncFailed.v1"),
        EventFilter(organisation_id=new_id(), type="nl.koppel.AdministrationRenamed.v1"),
    ],
    ids=lambda wanted: ",".join(name for name in wanted.__slots__ if getattr(wanted, name)),
)
async def test_a_search_reads_a_page(
    filled: ServiceDatabase, database: Database, wanted: EventFilter, plans: str
) -> None:
    nodes = await _plan(database, wanted, plans)
    for node in nodes:
        assert rows_read(node) <= MOST, node
        assert node["Node Type"] != "Seq Scan", node


async def test_an_administration_costs_what_it_has(filled: ServiceDatabase, database: Database) -> None:
    for node in await _plan(database, EventFilter(administration_id=ADMINISTRATION), "force_custom_plan"):
        assert rows_read(node) <= OF_ADMINISTRATION, node
        assert node["Node Type"] != "Seq Scan", node


async def test_an_event_is_looked_for_on_its_day_and_those_beside_it(
    filled: ServiceDatabase, database: Database
) -> None:
    made = moment_of(EVENT)
    assert made is not None
    for wanted in (EventFilter(event_id=EVENT), EventFilter(causation_id=CAUSE)):
        assert await _days_read(database, wanted) == await _days_beside(database, made)
    wanted = EventFilter(event_id=uuid4())  # says no day
    assert await _days_read(database, wanted) == await _days_beside(database, datetime.now(UTC))


async def _days_read(database: Database, wanted: EventFilter) -> set[str]:
    nodes = await _plan(database, wanted, "force_custom_plan")
    read = [node["Relation Name"] for node in nodes if node["Actual Loops"] and "Relation Name" in node]
    return {name for name in read if name.startswith("event_log_")}


async def _days_beside(database: Database, moment: datetime) -> set[str]:
    """Those that the log has: midnight may lie between the moment and the making of the log."""
    names = [f"event_log_{moment + timedelta(days=days):%Y%m%d}" for days in (-1, 0, 1)]
    async with database.system() as connection:
        kept = await connection.fetch("select relname from pg_class where relname = any($1)", names)
    assert len(kept) >= 2
    return {row["relname"] for row in kept}


async def _plan(database: Database, wanted: EventFilter, plans: str) -> list[Node]:
    async with database.system() as connection:
        await connection.execute("select set_config('plan_cache_mode', $1, true)", plans)
        explaining = Explaining(connection)
        await find_events(
            cast("Connection", explaining), wanted, today=datetime.now(UTC).date(), after=0, limit=LIMIT
        )
    return explaining.steps
