"""sync-svc after somebody was at its tables: a rebuild has them as before, and gives no command a second time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import pytest

from koppel.contracts.administration import AdministrationImported
from koppel.contracts.sync import SyncRequested
from koppel.contracts.values import SyncMode, SyncTrigger
from koppel.kernel.ids import new_id
from koppel.testing.administrations import imported, removed
from koppel.testing.databases import service_database
from koppel.testing.rebuilds import Delivered
from koppel.testing.wreckage import Wreckage
from sync_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from sync_svc.entrypoints.events import TABLES, subscriptions

from .connections import authorized, deleted, recovered, revoked, stopped
from .wrecked import Here, undeclared, vandal

FILLED = [
    Wreckage("administration"),
    Wreckage("connection_grant"),
    Wreckage("sync_policy", aside=("next_due_at",), altered=False),
    Wreckage("sync_request"),
]


@dataclass
class Organisation(Here):
    """One organisation's connections, administrations and syncs."""

    work: PostgresUnitOfWork
    id: UUID = field(default_factory=new_id)

    async def import_from(self, connection_id: UUID, grant_id: UUID) -> AdministrationImported:
        """An administration whose first sync was accepted."""
        event = imported(self.id).model_copy(update={"connection_id": connection_id, "grant_id": grant_id})
        await self.delivered.live(event)
        first = await self.rows("select payload from event_log where key = $1", str(event.administration_id))
        await self.delivered.live(SyncRequested.model_validate_json(first[0]["payload"]))
        return event

    async def ask(self, of: AdministrationImported) -> SyncRequested:
        request = SyncRequested(
            organisation_id=self.id,
            sync_request_id=new_id(),
            administration_id=of.administration_id,
            mode=SyncMode.INCREMENTAL,
            trigger=SyncTrigger.USER,
            requested_by=str(new_id()),
            requested_at=of.imported_at,
        )
        await self.delivered.live(request)
        return request

    async def finish_runs(self) -> None:
        await self.at_tables(
            "update sync_run set state = 'finished', outcome = 'unchanged', finished_at = now() where state = 'queued'"
        )

    async def rows(self, statement: str, *arguments: object) -> list[Any]:
        async with self.work.begin(None) as tx:
            return await tx.connection.fetch(statement, *arguments)

    async def at_tables(self, statement: str) -> None:
        async with vandal(self.created) as rows:
            await rows.execute(statement)


@pytest.fixture
async def organisation(postgres_server: str) -> AsyncIterator[Organisation]:
    async with service_database(postgres_server, "sync", "sync_svc") as created:
        database = created.open()
        await database.open()
        work = PostgresUnitOfWork(database)
        yield Organisation(created, Delivered(database, subscriptions(work, lambda: None)), work)
        await database.close()


async def test_every_table_is_of_one_kind(organisation: Organisation) -> None:
    assert await undeclared(organisation.created, TABLES, FILLED) == set()


@pytest.mark.parametrize("seed", range(3))
async def test_wrecked_tables_are_as_before(organisation: Organisation, seed: int) -> None:
    await _years_of_work(organisation)
    runs = await organisation.rows("select * from sync_run order by run_id")
    for round_number in range(2):
        random = Random(f"{seed}/{round_number}")
        await organisation.is_rebuilt(FILLED, random, batch=random.choice((1, 4, 100)))
    assert await organisation.rows("select * from sync_run order by run_id") == runs


async def _years_of_work(organisation: Organisation) -> None:
    one, other, gone = new_id(), new_id(), new_id()
    grants = [new_id() for _ in range(4)]
    await organisation.delivered.live(
        *(authorized(organisation.id, one, grant) for grant in grants[:2]),
        authorized(organisation.id, other, grants[2]),
        authorized(organisation.id, gone, grants[3]),
    )
    await organisation.import_from(one, grants[0])
    kept = await organisation.import_from(one, grants[1])
    left = await organisation.import_from(gone, grants[3])
    await organisation.finish_runs()
    await organisation.ask(kept)
    await organisation.delivered.live(
        stopped(organisation.id, one, grants[0]),
        recovered(organisation.id, one, grants[0]),
        stopped(organisation.id, one, grants[1]),
        revoked(organisation.id, other, grants[2]),
        deleted(organisation.id, gone, grants[3]),
        removed(left, "connection_deleted"),
    )


async def test_a_request_whose_run_is_no_longer_kept_is_not_carried_out_again(
    organisation: Organisation,
) -> None:
    administration = await organisation.import_from(new_id(), new_id())
    await organisation.finish_runs()
    await organisation.at_tables("delete from sync_request; delete from sync_run")
    plan, result = await organisation.delivered.rebuild()
    assert plan == result
    assert (await organisation.rows("select count(*) from sync_run"))[0]["count"] == 0
    said = await organisation.rows(
        "select 1 from event_log where key = $1", str(administration.administration_id)
    )
    assert len(said) == 1


async def test_a_request_that_waited_is_carried_out_when_a_rebuild_brings_it(
    organisation: Organisation,
) -> None:
    """It is new here: no command is repeated by that."""
    administration = imported(organisation.id)
    unknown = await organisation.ask(administration)
    await organisation.delivered.live(administration)
    await organisation.delivered.rebuild()
    requests = await organisation.rows("select sync_request_id from sync_request")
    assert [row["sync_request_id"] for row in requests] == [unknown.sync_request_id]


async def test_what_people_decided_of_a_schedule_is_kept_and_nothing_is_due_sooner(
    organisation: Organisation,
) -> None:
    connection, grant = new_id(), new_id()
    await organisation.delivered.live(authorized(organisation.id, connection, grant))
    await organisation.import_from(connection, grant)
    await organisation.at_tables(
        "update sync_policy set interval_minutes = 240, next_due_at = now() + interval '2 days'"
    )
    policies = await organisation.rows("select * from sync_policy")
    await organisation.delivered.rebuild()
    assert await organisation.rows("select * from sync_policy") == policies


async def test_an_administration_to_which_much_refers_is_overwritten(organisation: Organisation) -> None:
    await organisation.import_from(new_id(), new_id())
    before = await organisation.state(FILLED)
    await organisation.at_tables("update administration set removed_reason = 'x', provider = 'x'")
    await organisation.delivered.rebuild()
    assert await organisation.state(FILLED) == before


async def test_a_grant_that_no_event_tells_of_goes_where_the_log_is_whole(organisation: Organisation) -> None:
    connection = new_id()
    events = [authorized(organisation.id, connection, new_id()) for _ in range(2)]
    await organisation.delivered.live(*events)
    before = await organisation.state(FILLED)
    stray = (
        f"insert into connection_grant values ('{new_id()}', '{organisation.id}', '{connection}', 'active')"
    )
    await organisation.at_tables(stray)
    await organisation.delivered.rebuild(from_version=2)
    assert len((await organisation.state(FILLED))["connection_grant"]) == 3
    await organisation.delivered.rebuild()
    assert await organisation.state(FILLED) == before


@pytest.mark.parametrize("batch", [1, 100])
async def test_a_rebuild_whose_records_are_lost_leaves_its_stream_where_that_was(
    organisation: Organisation, batch: int
) -> None:
    """To go on as if all had been applied would leave the rest of the rows away, and nothing would tell."""
    connection = new_id()
    await organisation.delivered.live(*(authorized(organisation.id, connection, new_id()) for _ in range(3)))
    before = await organisation.state(FILLED)
    _, result = await organisation.delivered.rebuild(batch=batch, lost=2)
    assert "lane_incomplete" in result["moved"]
    assert len((await organisation.state(FILLED))["connection_grant"]) == 1
    await organisation.delivered.live(authorized(organisation.id, connection, new_id()))
    assert len(await organisation.rows("select 1 from held_event")) == 1
    await organisation.delivered.rebuild(mode="repair")
    after = await organisation.state(FILLED)
    assert len(after["connection_grant"]) == 4
    assert all(row in after["connection_grant"] for row in before["connection_grant"])
    assert await organisation.rows("select 1 from held_event") == []
