"""Answers of the trade register."""

from collections.abc import Collection, Mapping
from datetime import datetime

import asyncpg

from import_svc.domain.trade_register import (
    FRESH,
    FRESH_UNKNOWN,
    Activity,
    RegisteredCompany,
    RegistryEntry,
)
from koppel.platform.unit_of_work import Repository

_FIND = "select kvk_number as number, name, active, activities, fetched_at from registry_entry where kvk_number = $1"
_PUT = """
insert into registry_entry (kvk_number, name, active, activities, fetched_at) values ($1, $2, $3, $4, $5)
on conflict (kvk_number) do update
    set name = excluded.name, active = excluded.active, activities = excluded.activities,
        fetched_at = excluded.fetched_at, due_at = null, attempts = 0
"""
# In one order, so that two that want the same numbers wait for each other, not crosswise.
_WANT = """
insert into registry_entry (kvk_number, due_at)
select distinct given.number, $2::timestamptz from unnest($1::text[]) as given (number) order by given.number
on conflict (kvk_number) do update set due_at = excluded.due_at, attempts = 0
    where registry_entry.due_at is null
      and (registry_entry.fetched_at is null
           or registry_entry.fetched_at <= case when registry_entry.name is null then $3::timestamptz else $4::timestamptz end)
"""
_CLAIM = """
update registry_entry set due_at = $2
where kvk_number in (
    select kvk_number from registry_entry where due_at <= $1 order by due_at limit $3 for update skip locked
)
returning kvk_number, attempts
"""
_TRY_AGAIN = """
update registry_entry set due_at = given.due_at, attempts = attempts + 1
from unnest($1::text[], $2::timestamptz[]) as given (number, due_at) where kvk_number = given.number
"""
_FORGET = """
delete from registry_entry where kvk_number in (
    select kvk_number from registry_entry
    where due_at is null and (fetched_at is null or fetched_at < $1) limit $2 for update skip locked
)
"""
_GIVE_UP = (
    "update registry_entry set due_at = null, attempts = attempts + 1 where kvk_number = any($1::text[])"
)


class PostgresRegistryEntries(Repository):
    """The `registry_entry` table."""

    async def find(self, kvk_number: str) -> RegistryEntry | None:
        row = await self._connection.fetchrow(_FIND, kvk_number)
        return None if row is None else registry_entry(row)

    async def put(self, entry: RegistryEntry) -> None:
        company = entry.company
        activities = [] if company is None else company.activities
        await self._connection.execute(
            _PUT,
            entry.kvk_number,
            company and company.name,
            company and company.active,
            [{"code": each.code, "main": each.main} for each in activities],
            entry.fetched_at,
        )

    async def want(self, kvk_numbers: Collection[str], now: datetime) -> None:
        if kvk_numbers:
            await self._connection.execute(_WANT, list(kvk_numbers), now, now - FRESH_UNKNOWN, now - FRESH)

    async def claim(self, now: datetime, until: datetime, limit: int) -> dict[str, int]:
        rows = await self._connection.fetch(_CLAIM, now, until, limit)
        return {row["kvk_number"]: row["attempts"] for row in rows}

    async def try_again(self, at: Mapping[str, datetime]) -> None:
        await self._connection.execute(_TRY_AGAIN, list(at), list(at.values()))

    async def forget(self, before: datetime, limit: int) -> int:
        return int((await self._connection.execute(_FORGET, before, limit)).removeprefix("DELETE "))

    async def give_up(self, kvk_numbers: Collection[str]) -> None:
        await self._connection.execute(_GIVE_UP, list(kvk_numbers))


def registry_entry(row: asyncpg.Record, prefix: str = "") -> RegistryEntry | None:
    """The entry of a row; the names of its columns begin with `prefix`. None when its number is null."""
    number, name = row[f"{prefix}number"], row[f"{prefix}name"]
    if number is None:
        return None
    company = None
    if name is not None:
        activities = tuple(Activity(each["code"], each["main"]) for each in row[f"{prefix}activities"])
        company = RegisteredCompany(number, name, row[f"{prefix}active"], activities)
    return RegistryEntry(number, company, row[f"{prefix}fetched_at"])
