"""The relay reads what it needs and no more, however large the log is and whatever the planner believes of it."""

import asyncpg
import pytest
from tests.integration.plans import carried_out

from koppel.platform.database import Database
from koppel.platform.outbox.pending import PENDING, PENDING_BELOW, PINNED, SHARDS
from koppel.testing.databases import ServiceDatabase

LOGGED = 80_000
READ = 500

_FILL = """
insert into event_log (event_id, topic, key, version, type, organisation_id, occurred_at, payload)
select gen_random_uuid(), 'topic', 'key ' || number, 1, 'type', gen_random_uuid(), now(), 'payload'
from generate_series(1, $1) number
"""
_POINT = "insert into outbox_pending (seq, logged_on, shard) select seq, logged_on, seq % 16 from event_log"
# What was relayed before leaves its dead rows, which the planner counts.
_RELAY_HALF = "delete from outbox_pending where seq <= (select max(seq) from outbox_pending) - $1"


@pytest.mark.parametrize("statement", [PENDING, PENDING_BELOW], ids=["read", "look back"])
@pytest.mark.parametrize("analyzed", [False, True], ids=["no statistics", "fresh statistics"])
async def test_a_read_touches_as_many_rows_as_it_returns(
    service: ServiceDatabase, database: Database, statement: str, *, analyzed: bool
) -> None:
    async with database.system() as connection:
        await connection.execute(_FILL, LOGGED)
        await connection.execute(_POINT)
    async with database.system() as connection:
        await connection.execute(_RELAY_HALF, LOGGED // 2)
    if analyzed:
        await _analyze(service)
    relay = await database.session(**PINNED)
    try:
        await relay.execute("set plan_cache_mode = force_generic_plan")
        await relay.execute(f"prepare reading(bigint, smallint[], bigint) as {statement}")
        middle = await relay.fetchval("select max(seq) - 30000 from outbox_pending")
        shards = ",".join(str(shard) for shard in range(SHARDS))
        steps = await carried_out(relay, f"execute reading({middle}, '{{{shards}}}', {READ})")
    finally:
        await relay.close()
    assert steps[0]["Actual Rows"] == READ
    for step in steps:
        assert step["Actual Rows"] * step["Actual Loops"] <= READ, step["Node Type"]


async def _analyze(service: ServiceDatabase) -> None:
    owner = await asyncpg.connect(service.owner_dsn)
    try:
        await owner.execute(f'analyze "{service.schema}".event_log, "{service.schema}".outbox_pending')
    finally:
        await owner.close()
