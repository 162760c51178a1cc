"""What is the same for every service: wreck its tables, rebuild, compare."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import asyncpg

from koppel.platform.consumer import RebuildPolicy
from koppel.testing.databases import ServiceDatabase
from koppel.testing.rebuilds import Delivered
from koppel.testing.wreckage import Wreckage, own_tables

_SAID = "select topic, key, version, type, payload from event_log where topic <> 'koppel.replay-control.v1' order by seq"

_REFERENCES = """
select relname as table from pg_constraint join pg_class on pg_class.oid = conrelid
where contype = 'f' and confrelid = $1::regclass
"""


@asynccontextmanager
async def vandal(created: ServiceDatabase) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """An administrator who minds neither row-level security nor foreign keys."""
    settings = {"search_path": f'"{created.schema}"', "session_replication_role": "replica"}
    connection = await asyncpg.connect(created.admin_dsn, server_settings=settings)
    try:
        yield connection
    finally:
        await connection.close()


@dataclass
class Here:
    """A service's database and its consumer."""

    created: ServiceDatabase
    delivered: Delivered

    async def state(self, wreckages: Sequence[Wreckage]) -> Mapping[str, Any]:
        """Every table in question, and what the service ever said."""
        async with vandal(self.created) as rows:
            held: dict[str, Any] = {each.table: await each.rows(rows) for each in wreckages}
            return held | {"said": [tuple(row) for row in await rows.fetch(_SAID)]}

    async def wreck(self, wreckages: Sequence[Wreckage], random: Random) -> int:
        async with vandal(self.created) as rows:
            return sum([await each.wreck(rows, random) for each in wreckages])

    async def is_rebuilt(self, wreckages: Sequence[Wreckage], random: Random, *, batch: int) -> None:
        """Wreck the tables and rebuild: what the plan said is what was done, and everything is as before."""
        before = await self.state(wreckages)
        assert await self.wreck(wreckages, random)
        wrecked = await self.state(wreckages)
        assert wrecked != before
        plan, result = await self.delivered.rebuild(batch=batch, run_batch=random.choice((1, 3, 100)))
        assert plan == result
        assert (plan["held"], plan["parked"], plan["moved"], plan["estimated"]) == (0, 0, None, False)
        assert await self.state(wreckages) == before
        more = {table: len(before[table]) - len(wrecked[table]) for table in wrecked if table != "said"}
        assert _growth(plan) == {table: rows for table, rows in more.items() if rows}


def _growth(plan: Mapping[str, Any]) -> dict[str, int]:
    """Rows that a table has more, as the plan said."""
    grown = {each["table"]: each["inserted"] - each["deleted"] for each in plan["changes"]}
    return {table: rows for table, rows in grown.items() if rows}


async def undeclared(created: ServiceDatabase, tables: RebuildPolicy, filled: Sequence[Wreckage]) -> set[str]:
    """What is amiss with what a service says of its tables, by the database's catalogue.

    Each is in exactly one of the three kinds and each name is a table; projections are wrecked here; and whatever refers
    to one is named with it.
    """
    declared = [*(each.table for each in tables.projections), *tables.decisions, *tables.others]
    wrecked = {each.table for each in filled}
    async with vandal(created) as rows:
        there = await own_tables(rows, created.schema)
        references = {
            each: await rows.fetch(_REFERENCES, f'"{created.schema}".{each.table}')
            for each in tables.projections
        }
    return (
        {name for name in there | set(declared) if declared.count(name) != 1 or name not in there}
        | {each.table for each in tables.projections if each.table not in wrecked}
        | {
            row["table"]
            for each, found in references.items()
            for row in found
            if row["table"] not in each.referred_to
        }
    )
