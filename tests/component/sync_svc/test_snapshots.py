"""A snapshot sends the current state of an administration's records, the same however often it is asked."""

from typing import Any
from uuid import UUID

import pytest

from koppel.contracts.record import RecordChanged
from koppel.contracts.registry import BY_TYPE
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.replay import Replays
from koppel.platform.replay.filter import ReplayFilter
from sync_svc.adapters.postgres.snapshots import PostgresSnapshots

_FILL = """
insert into record (organisation_id, administration_id, changed_at, revision, deleted, resource, listing, external_id,
                    digest, data, raw)
select $1, $2, now(), 3, n = 7, 'contact', 'contacts', 'c' || n, '', json_build_object('name', 'n' || n), '{}'
from generate_series(1, $3) n
"""


@pytest.fixture
def replays() -> Replays:
    made = Replays("sync-svc")
    made.snapshots = PostgresSnapshots()
    return made


async def _plan(replays: Replays, database: Database, **conditions: Any) -> list[Any]:
    async with database.system() as connection:
        replay_id = await replays.plan(
            connection,
            asked=ReplayFilter(**conditions),
            target=["reporting.example"],
            mode="snapshot",
            rate=1_000,
            reason="a new reader",
            actor="person:x",
        )
        return await connection.fetch(
            "select picked.topic, picked.first and picked.last as whole, picked.upto, state.* "
            "from replay_event picked join replay_snapshot state using (replay_id, position) "
            "where replay_id = $1 order by position",
            replay_id,
        )


async def _fill(database: Database, organisation: UUID, administration: UUID, records: int) -> None:
    async with database.system() as connection:
        await connection.execute(_FILL, organisation, administration, records)


async def test_every_record_is_sent_once_as_it_is_now(replays: Replays, database: Database) -> None:
    organisation, administration = new_id(), new_id()
    await _fill(database, organisation, administration, 1_234)
    await _fill(database, organisation, new_id(), 5)

    rows = await _plan(replays, database, administration_ids=[administration])

    assert [row["position"] for row in rows] == list(range(1, 1_235))
    assert len({row["key"] for row in rows}) == 1_234
    assert {(row["topic"], row["whole"], row["upto"], row["version"]) for row in rows} == {
        ("koppel.record.v1", True, 3, 3)
    }
    for row in rows:
        event = BY_TYPE[row["type"]].model_validate_json(row["payload"])
        assert event.key == row["key"]
        if isinstance(event, RecordChanged):
            assert event.data == {"name": f"n{event.external_id[1:]}"}
    gone = [row["key"] for row in rows if row["type"] == "nl.koppel.RecordDeleted.v1"]
    assert gone == [f"{administration}/contact/c7"]


async def test_the_same_state_has_the_same_event_id(replays: Replays, database: Database) -> None:
    organisation, administration = new_id(), new_id()
    await _fill(database, organisation, administration, 20)
    first, second = [await _plan(replays, database, administration_ids=[administration]) for _ in range(2)]
    assert [row["event_id"] for row in first] == [row["event_id"] for row in second]
    async with database.system() as connection:
        await connection.execute(
            "update record set revision = 4 where administration_id = $1 and external_id = 'c1'",
            administration,
        )
    third = await _plan(replays, database, administration_ids=[administration])
    changed = {row["event_id"] for row in third} - {row["event_id"] for row in first}
    assert len(changed) == 1


async def test_another_organisation_has_no_record_here(replays: Replays, database: Database) -> None:
    organisation, administration = new_id(), new_id()
    await _fill(database, organisation, administration, 3)
    assert await _plan(replays, database, administration_ids=[administration], organisation_id=new_id()) == []
