"""Imported administrations."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from import_svc.adapters.postgres.rows import profile, profile_columns
from import_svc.domain.administration import (
    Administration,
    AdministrationFilter,
    AdministrationOrder,
    AdministrationState,
)
from import_svc.domain.profile import Profile, SectorSource
from koppel.platform.unit_of_work import Repository
from koppel.providers.company import CompanyStatus

_COLUMNS = """
id, organisation_id, connection_id, grant_id, provider, external_id, name, state, kvk_number, no_kvk_reason,
sbi_version, sector_code, sector_source, import_session_id, imported_by, imported_at
"""
# In the order of the unique key, so that two imports of the same companies wait for each other, not crosswise.
_ADD = f"""
insert into administration ({_COLUMNS})
select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::uuid[], $15::text[], $16::timestamptz[])
    as given ({_COLUMNS})
order by organisation_id, provider, external_id
on conflict (organisation_id, provider, external_id) where state <> 'removed' do nothing
returning id
"""
_READ = f"""
select {_COLUMNS},
       array(
           select twin.id from administration twin
           where twin.organisation_id = administration.organisation_id and twin.state <> 'removed'
             and twin.kvk_number = administration.kvk_number and twin.id <> administration.id
           order by twin.id limit 100
       ) as duplicates,
       vanished_at,
       (
           select status from seen_company seen
           where seen.organisation_id = administration.organisation_id and seen.provider = administration.provider
             and seen.external_id = administration.external_id
       ) as status
from administration
"""
_FIND = f"{_READ} where id = $1 and state <> 'removed'"
# Named, and not left to row-level security alone: that hides the rows of others after they were read.
_FILTER = """
where ($6::uuid is null or organisation_id = $6)
  and ($1::text is null and (state <> 'removed' or id = $7) or state = $1)
  and ($2::uuid is null or connection_id = $2)
  and ($3::uuid is null or import_session_id = $3)
  and ($4::text is null
       or strpos(lower(name), lower($4)) > 0
       or strpos(lower(concat_ws(' ', kvk_number, external_id)), lower(replace($4, ' ', ''))) > 0)
  and ($5::timestamptz is null or imported_at >= $5)
  and ($7::uuid is null or id = $7)
"""
_COUNT = f"select count(*) from administration {_FILTER}"
_IMPORTED_BY = f"{_READ} where import_session_id = $1 order by lower(name), id"


def _page(key: str, *, down: bool = False) -> str:
    """The cursor is the id of the last row, whose key is read again."""
    compare, direction = ("<", "desc") if down else (">", "asc")
    return f"""{_READ} {_FILTER}
  and ($8::uuid is null or ({key}, id) {compare} (select {key}, id from administration where id = $8))
order by {key} {direction}, id {direction} limit $9
"""


_PAGES: Mapping[AdministrationOrder | None, str] = {
    None: f"{_READ} {_FILTER} and ($8::uuid is null or id > $8) order by id limit $9",
    AdministrationOrder.NAME: _page("lower(name)"),
    AdministrationOrder.NAME_DOWN: _page("lower(name)", down=True),
    AdministrationOrder.IMPORTED_AT: _page("imported_at"),
    AdministrationOrder.IMPORTED_AT_DOWN: _page("imported_at", down=True),
}
_CHANGE_PROFILE = """
update administration
set kvk_number = $2, no_kvk_reason = $3, sbi_version = $4, sector_code = $5, sector_source = $6
where id = $1
"""
_RENAME = """
update administration set name = given.name
from unnest($3::text[], $4::text[]) as given (external_id, name)
where administration.organisation_id = $1 and administration.provider = $2
  and administration.external_id = given.external_id and administration.state <> 'removed'
  and administration.name <> given.name
returning administration.id, administration.name
"""
_REMOVE = "update administration set state = 'removed', removed_at = $2 where id = $1"
_REMOVE_OF_CONNECTION = """
update administration set state = 'removed', removed_at = coalesce(removed_at, $2)
where connection_id = $1 and state <> 'removed' returning id, organisation_id
"""


class PostgresAdministrations(Repository):
    """The `administration` table."""

    async def add(self, administrations: Sequence[Administration]) -> set[UUID]:
        columns = map(list, zip(*map(_columns, administrations), strict=True))
        return {row["id"] for row in await self._connection.fetch(_ADD, *columns)}

    async def find(self, administration_id: UUID) -> Administration | None:
        return _found(await self._connection.fetchrow(_FIND, administration_id))

    async def lock(self, administration_id: UUID) -> Administration | None:
        return _found(await self._connection.fetchrow(f"{_FIND} for update", administration_id))

    async def page(
        self, of: AdministrationFilter, order: AdministrationOrder | None, after: UUID | None, limit: int
    ) -> list[Administration]:
        rows = await self._connection.fetch(_PAGES[order], *self._parameters(of), after, limit)
        return [_administration(row) for row in rows]

    async def count(self, of: AdministrationFilter) -> int:
        found: int = await self._connection.fetchval(_COUNT, *self._parameters(of))
        return found

    async def imported_by(self, session_id: UUID) -> list[Administration]:
        return [_administration(row) for row in await self._connection.fetch(_IMPORTED_BY, session_id)]

    async def change_profile(
        self, administration_id: UUID, profile: Profile, sector_source: SectorSource | None
    ) -> None:
        await self._connection.execute(
            _CHANGE_PROFILE, administration_id, *profile_columns(profile), sector_source
        )

    async def rename(self, provider: str, names: Mapping[str, str]) -> dict[UUID, str]:
        rows = await self._connection.fetch(
            _RENAME, self._organisation_id, provider, list(names), list(names.values())
        )
        return {row["id"]: row["name"] for row in rows}

    async def remove(self, administration_id: UUID, now: datetime) -> None:
        await self._connection.execute(_REMOVE, administration_id, now)

    async def remove_of_connection(self, connection_id: UUID, now: datetime) -> list[tuple[UUID, UUID]]:
        rows = await self._connection.fetch(_REMOVE_OF_CONNECTION, connection_id, now)
        return [(row["id"], row["organisation_id"]) for row in rows]

    def _parameters(self, of: AdministrationFilter) -> tuple[object, ...]:
        return (
            of.state,
            of.connection_id,
            of.import_session_id,
            of.text,
            of.since,
            self._organisation_id,
            of.administration_id,
        )


def _columns(each: Administration) -> tuple[object, ...]:
    return (
        each.id,
        each.organisation_id,
        each.connection_id,
        each.grant_id,
        each.provider,
        each.external_id,
        each.name,
        each.state.value,
        *profile_columns(each.profile),
        each.sector_source,
        each.import_session_id,
        each.imported_by,
        each.imported_at,
    )


def _found(row: asyncpg.Record | None) -> Administration | None:
    return None if row is None else _administration(row)


def _administration(row: asyncpg.Record) -> Administration:
    return Administration(
        id=row["id"],
        organisation_id=row["organisation_id"],
        connection_id=row["connection_id"],
        grant_id=row["grant_id"],
        provider=row["provider"],
        external_id=row["external_id"],
        name=row["name"],
        state=AdministrationState(row["state"]),
        profile=profile(row["kvk_number"], row["no_kvk_reason"], row["sbi_version"], row["sector_code"]),
        sector_source=row["sector_source"] and SectorSource(row["sector_source"]),
        import_session_id=row["import_session_id"],
        imported_by=row["imported_by"],
        imported_at=row["imported_at"],
        duplicates=tuple(row["duplicates"]),
        status=CompanyStatus(row["status"] or CompanyStatus.ACTIVE),
        vanished_at=row["vanished_at"],
    )
