"""Rows deleted or altered at random, as by somebody with a database client; and what tables hold."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Any, TypeAlias

import asyncpg

_Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_TABLES = """
select relname from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'p') and not relispartition
"""
_COLUMNS = """
select attname as name, format_type(atttypid, atttypmod) as type,
       exists (select from pg_index where indrelid = attrelid and indisprimary and attnum = any(indkey)) as keyed,
       (select string_agg(pg_get_constraintdef(oid), ' ') from pg_constraint
        where conrelid = attrelid and contype = 'c' and attnum = any(conkey)) as checked
from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
"""
_OTHERWISE = {
    "uuid": "gen_random_uuid()",
    "uuid[]": "array[gen_random_uuid()]",
    "text": "'wrecked'",
    "bigint": "{0} + 7",
    "integer": "{0} + 7",
    "smallint": "{0} + 7",
    "boolean": "not {0}",
    "timestamp with time zone": "{0} + interval '3 days'",
}


async def own_tables(connection: _Connection, schema: str) -> set[str]:
    """The service's tables, by the database's catalogue, without those that every service has."""
    found = {row["relname"] for row in await connection.fetch(_TABLES, f'"{schema}"')}
    return found - _platform_tables()


def _platform_tables() -> set[str]:
    names = {"schema_migration"}
    for file in files("koppel.platform.migrations").iterdir():
        if file.name.endswith(".sql"):
            names |= set(re.findall(r"^create table (\w+)", file.read_text("utf-8"), re.MULTILINE))
    return names


@dataclass(frozen=True, slots=True)
class Wreckage:
    """A table that is wrecked; `aside` are columns that are left alone and not compared: times of arrival, due times.

    `altered` False where the table holds what only people know: its rows are deleted, not altered.
    """

    table: str
    aside: Collection[str] = ()
    altered: bool = True

    async def wreck(self, connection: _Connection, random: Random) -> int:
        """Delete about a third of the rows, alter about a third; at least one is hit if there is any."""
        rows = await connection.fetch(f"select ctid::text as place from {self.table} order by ctid")
        hit = 0
        for row in rows:
            fate = (
                random.choice(("deleted", "altered", "spared")) if hit or row is not rows[-1] else "deleted"
            )
            if fate == "deleted" or (fate == "altered" and not self.altered):
                await connection.execute(f"delete from {self.table} where ctid = $1::text::tid", row["place"])
                hit += 1
            elif fate == "altered":
                hit += await self._alter(connection, random, row["place"])
        return hit

    async def _alter(self, connection: _Connection, random: Random, place: str) -> int:
        columns = [
            row
            for row in await connection.fetch(_COLUMNS, self.table)
            if row["name"] not in self.aside and (not row["keyed"] or row["name"] == "organisation_id")
        ]
        altered = 0
        for column in random.sample(columns, random.randint(1, len(columns))):
            statement = f"update {self.table} set {column['name']} = {_other(column, random)} where ctid = $1::text::tid"
            moved = await _tried(connection, f"{statement} returning ctid::text", place)
            place, altered = moved or place, altered + (moved is not None)
        return min(altered, 1)

    async def rows(self, connection: _Connection) -> list[Mapping[str, Any]]:
        """What it holds, without what is left aside."""
        found = await connection.fetch(f"select * from {self.table}")
        rows = [{name: value for name, value in row.items() if name not in self.aside} for row in found]
        return sorted(rows, key=repr)


def _other(column: asyncpg.Record, random: Random) -> str:
    allowed = re.findall(r"'([a-z_]+)'::text", column["checked"] or "")
    if allowed:
        return f"'{random.choice(allowed)}'"
    return _OTHERWISE.get(column["type"], "null").format(column["name"])


async def _tried(connection: _Connection, statement: str, place: str) -> str | None:
    """Where the row lies now; None where a constraint of the table forbids it."""
    try:
        async with connection.transaction():
            moved: str | None = await connection.fetchval(statement, place)
    except asyncpg.IntegrityConstraintViolationError:
        return None
    return moved
