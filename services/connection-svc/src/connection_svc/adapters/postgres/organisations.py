"""Rows of `organisation`, and offices without one."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from connection_svc.domain.organisation import KnownOrganisation, OrganisationName, OrganisationOrder
from koppel.platform.unit_of_work import Repository

_NAME = "select name, named_by, named_at from organisation where organisation_id = $1"
_PUT = """
insert into organisation (organisation_id, name, named_by, named_at) values ($1, $2, $3, $4)
on conflict (organisation_id) do update
set name = excluded.name, named_by = excluded.named_by, named_at = excluded.named_at
"""
_KNOWN = """
select known.organisation_id, organisation.name,
       (select count(*) from connection
        where connection.organisation_id = known.organisation_id and state <> 'deleted') as connections,
       (select count(*) from served_administration served
        where served.organisation_id = known.organisation_id) as administrations
from (select organisation_id from organisation union select organisation_id from connection) known
left join organisation using (organisation_id)
where ($1::text is null or strpos(lower(organisation.name), lower($1)) > 0
       or starts_with(known.organisation_id::text, lower($1)))
"""
_COUNT = f"select count(*) from ({_KNOWN}) as listed"


def _page(direction: str, compare: str) -> str:
    """By name; the cursor is the id of the last office, whose name is read again. Those without a name come first."""
    key = "coalesce(lower(organisation.name), '')"
    of_last = "coalesce((select lower(name) from organisation where organisation_id = $2), '')"
    return f"""{_KNOWN}
  and ($2::uuid is null or ({key}, known.organisation_id) {compare} ({of_last}, $2))
order by {key} {direction}, known.organisation_id {direction} limit $3
"""


_PAGES: Mapping[OrganisationOrder | None, str] = {
    None: f"{_KNOWN} and ($2::uuid is null or known.organisation_id > $2) order by 1 limit $3",
    OrganisationOrder.NAME: _page("asc", ">"),
    OrganisationOrder.NAME_DOWN: _page("desc", "<"),
}


class PostgresOrganisations(Repository):
    """Implements `Organisations`."""

    async def name(self) -> OrganisationName | None:
        row = await self._connection.fetchrow(_NAME, self._organisation_id)
        return None if row is None else OrganisationName(**dict(row))

    async def put(self, name: OrganisationName) -> None:
        await self._connection.execute(_PUT, self._organisation_id, name.name, name.named_by, name.named_at)

    async def known(
        self, text: str | None, order: OrganisationOrder | None, after: UUID | None, limit: int
    ) -> Sequence[KnownOrganisation]:
        rows: list[asyncpg.Record] = await self._connection.fetch(_PAGES[order], text, after, limit)
        return [KnownOrganisation(**dict(row)) for row in rows]

    async def count(self, text: str | None) -> int:
        counted: int = await self._connection.fetchval(_COUNT, text)
        return counted
