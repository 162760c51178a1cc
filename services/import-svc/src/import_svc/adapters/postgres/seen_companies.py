"""The companies that an organisation's logins showed."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from import_svc.domain.looks import LOOKS_UNTIL_VANISHED, NUMBERS_HOLD, CompanyNumbers, FoundCompany
from import_svc.domain.session import ImportSession, Purpose
from koppel.kernel.ids import new_id
from koppel.platform.unit_of_work import Repository
from koppel.providers.company import Company, CompanyStatus

# One that is back has not vanished; one that a look shows first, or first again, is found until a wizard shows it.
_NOTE = """
with back as (
    update administration set vanished_at = null
    where organisation_id = $1 and provider = $2 and external_id = any($5::text[]) and vanished_at is not null
)
insert into seen_company (organisation_id, provider, external_id, connection_id, grant_id, name, kvk_number, status, seen_at,
                          shown_name, vat_number, details_at, found_at)
select distinct on (external_id) $1::uuid, $2::text, external_id, $3::uuid, grant_id, name, kvk_number, status,
       $9::timestamptz, case when $10 then name end, vat_number, case when external_id <> all ($13::text[]) then $9 end,
       case when not $10 and kind <> 'dossier' and not exists (
           select from administration
           where organisation_id = $1 and provider = $2 and administration.external_id = found.external_id
             and state <> 'removed'
       ) then $9 end
from unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $11::text[], $12::text[])
    as found (grant_id, external_id, name, kvk_number, status, kind, vat_number)
order by external_id, grant_id
on conflict (organisation_id, provider, external_id) do update
    set connection_id = excluded.connection_id, grant_id = excluded.grant_id, name = excluded.name,
        kvk_number = excluded.kvk_number, vat_number = excluded.vat_number,
        details_at = coalesce(excluded.details_at, seen_company.details_at), status = excluded.status, seen_at = excluded.seen_at, gone_at = null,
        missed_looks = 0, missed_at = null, shown_name = coalesce(excluded.shown_name, seen_company.shown_name),
        found_at = case when $10 then null when seen_company.gone_at is not null then excluded.found_at
                        else seen_company.found_at end
returning *
"""
_KNOWN_TO_A_LOOK = """
select external_id, kvk_number, vat_number from seen_company
where organisation_id = $1 and provider = $2 and kvk_number is not null
"""
_KNOWN_TO_A_WIZARD = """
select external_id, kvk_number, vat_number from seen_company seen
where organisation_id = $1 and provider = $2 and details_at is not null
  and (kvk_number is not null and details_at > $3 or exists (
      select from administration
      where organisation_id = $1 and provider = $2 and external_id = seen.external_id and state <> 'removed'
  ))
"""
_FOUND = """
from seen_company seen join connection_grant finder on finder.id = seen.grant_id and finder.state = 'active'
where seen.organisation_id = $1 and seen.found_at is not null and seen.gone_at is null
  and ($2::uuid is null or seen.connection_id = $2)
"""
_PAGE_OF_FOUND = f"""
select seen.* {_FOUND} and ($3::text is null or (seen.provider, seen.external_id) > ($3, $4))
order by seen.provider, seen.external_id limit $5
"""
_COUNT_FOUND = f"select count(*) {_FOUND}"
_MISSED = """
with missing as (
    select seen.organisation_id, seen.provider, seen.external_id,
           seen.missed_looks < $4 and (seen.missed_at is null or seen.missed_at <= $5) as counts,
           seen.shown_name is not null and $6 as shows
    from seen_company seen
    join grant_discovery using (grant_id)
    where grant_discovery.session_id = $1 and grant_discovery.state = 'discovered' and seen.seen_at < $2
      and not exists (
          select from candidate where candidate.session_id = $1 and candidate.external_id = seen.external_id
      )
    order by seen.external_id for update of seen
)
update seen_company seen
set gone_at = coalesce(gone_at, $3), missed_looks = missed_looks + counts::int,
    missed_at = case when counts then $3 else missed_at end, shown_name = case when shows then null else shown_name end
from missing
where seen.organisation_id = missing.organisation_id and seen.provider = missing.provider
  and seen.external_id = missing.external_id and (counts or shows)
returning seen.grant_id, seen.external_id, seen.name, seen.kvk_number, seen.missed_looks, counts, shows
"""
_ADD_GONE = """
insert into candidate (id, organisation_id, session_id, provider, grant_id, external_id, name, kvk_number, seen_as)
select id, $1, $2, $3, grant_id, external_id, name, kvk_number, 'gone'
from unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[])
    as gone (id, grant_id, external_id, name, kvk_number)
on conflict (organisation_id, session_id, external_id) do nothing
"""
_VANISH = """
update administration set vanished_at = $4
where organisation_id = $1 and provider = $2 and external_id = any($3::text[])
  and state <> 'removed' and vanished_at is null
returning id
"""


class PostgresSeenCompanies(Repository):
    """The `seen_company` table."""

    async def note(
        self,
        session: ImportSession,
        found: Sequence[tuple[UUID, Company]],
        known: Collection[str],
        now: datetime,
    ) -> list[FoundCompany]:
        external_ids = [company.external_id for _, company in found]
        rows = await self._connection.fetch(
            _NOTE,
            session.organisation_id,
            session.provider,
            session.connection_id,
            [grant_id for grant_id, _ in found],
            external_ids,
            [company.name for _, company in found],
            [company.kvk_number for _, company in found],
            [company.status for _, company in found],
            now,
            session.purpose is Purpose.IMPORT,
            [company.kind for _, company in found],
            [company.vat_number for _, company in found],
            list(known),
        )
        return [_found(row) for row in rows if row["found_at"] == now]

    async def known(self, session: ImportSession, now: datetime) -> dict[str, CompanyNumbers]:
        of = (session.organisation_id, session.provider)
        if session.purpose is Purpose.LOOK:
            rows = await self._connection.fetch(_KNOWN_TO_A_LOOK, *of)
        else:
            rows = await self._connection.fetch(_KNOWN_TO_A_WIZARD, *of, now - NUMBERS_HOLD)
        return {row["external_id"]: CompanyNumbers(row["kvk_number"], row["vat_number"]) for row in rows}

    async def found(
        self, connection_id: UUID | None, after: tuple[str, str] | None, limit: int
    ) -> list[FoundCompany]:
        rows = await self._connection.fetch(
            _PAGE_OF_FOUND, self._organisation_id, connection_id, *(after or (None, None)), limit
        )
        return [_found(row) for row in rows]

    async def count_found(self, connection_id: UUID | None) -> int:
        found: int = await self._connection.fetchval(_COUNT_FOUND, self._organisation_id, connection_id)
        return found

    async def miss(self, session: ImportSession, now: datetime, apart: timedelta) -> list[UUID]:
        missed = await self._connection.fetch(
            _MISSED,
            session.id,
            session.created_at,
            now,
            LOOKS_UNTIL_VANISHED,
            now - apart,
            session.purpose is Purpose.IMPORT,
        )
        gone = [row for row in missed if row["shows"]]
        await self._connection.execute(
            _ADD_GONE,
            session.organisation_id,
            session.id,
            session.provider,
            [new_id() for _ in gone],
            *([row[name] for row in gone] for name in ("grant_id", "external_id", "name", "kvk_number")),
        )
        vanished = [
            row["external_id"]
            for row in missed
            if row["counts"] and row["missed_looks"] == LOOKS_UNTIL_VANISHED
        ]
        rows = await self._connection.fetch(_VANISH, session.organisation_id, session.provider, vanished, now)
        return [row["id"] for row in rows]


def _found(row: asyncpg.Record) -> FoundCompany:
    return FoundCompany(
        organisation_id=row["organisation_id"],
        connection_id=row["connection_id"],
        grant_id=row["grant_id"],
        provider=row["provider"],
        external_id=row["external_id"],
        name=row["name"],
        kvk_number=row["kvk_number"],
        status=CompanyStatus(row["status"]),
        found_at=row["found_at"],
    )
