"""Answers of the trade register."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import asyncpg

from import_svc.domain.trade_register import (
    FRESH,
    FRESH_UNKNOWN,
    LOOK_UPS_A_DAY,
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
_STALE = """
select distinct given.number from unnest($1::text[]) as given (number)
left join registry_entry on registry_entry.kvk_number = given.number
where registry_entry.kvk_number is null
   or registry_entry.due_at is null
      and (registry_entry.fetched_at is null
           or registry_entry.fetched_at <= case when registry_entry.name is null then $2::timestamptz else $3::timestamptz end)
order by given.number
"""
_USED = """
insert into registry_use (organisation_id, day, look_ups) values ($1, $2, 0)
on conflict (organisation_id) do update
    set day = excluded.day,
        look_ups = case when registry_use.day = excluded.day then registry_use.look_ups else 0 end
returning look_ups
"""
_USE = "update registry_use set look_ups = look_ups + $2 where organisation_id = $1"
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

    async def stale(self, kvk_numbers: Collection[str], now: datetime) -> list[str]:
        rows = await self._connection.fetch(_STALE, list(kvk_numbers), now - FRESH_UNKNOWN, now - FRESH)
        return [row["number"] for row in rows]

    async def take(self, look_ups: int, now: datetime) -> int:
        used: int = await self._connection.fetchval(_USED, self._organisation_id, now.astimezone(UTC).date())
        granted = min(look_ups, max(LOOK_UPS_A_DAY - used, 0))
        await self._connection.execute(_USE, self._organisation_id, granted)
        return granted

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
