"""The companies that an organisation's logins showed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from import_svc.domain.looks import LOOKS_APART, LOOKS_UNTIL_VANISHED
from import_svc.domain.session import ImportSession, Purpose
from koppel.kernel.ids import new_id
from koppel.platform.unit_of_work import Repository
from koppel.providers.company import Company

# One that is back has not vanished.
_NOTE = """
with back as (
    update administration set vanished_at = null
    where organisation_id = $1 and provider = $2 and external_id = any($5::text[]) and vanished_at is not null
)
insert into seen_company (organisation_id, provider, external_id, connection_id, grant_id, name, kvk_number, status, seen_at,
                          shown_name)
select distinct on (external_id) $1::uuid, $2::text, external_id, $3::uuid, grant_id, name, kvk_number, status,
       $9::timestamptz, case when $10 then name end
from unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[])
    as found (grant_id, external_id, name, kvk_number, status)
order by external_id, grant_id
on conflict (organisation_id, provider, external_id) do update
    set connection_id = excluded.connection_id, grant_id = excluded.grant_id, name = excluded.name,
        kvk_number = excluded.kvk_number, status = excluded.status, seen_at = excluded.seen_at, gone_at = null,
        missed_looks = 0, missed_at = null, shown_name = coalesce(excluded.shown_name, seen_company.shown_name)
"""
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
        self, session: ImportSession, found: Sequence[tuple[UUID, Company]], now: datetime
    ) -> None:
        external_ids = [company.external_id for _, company in found]
        await self._connection.execute(
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
        )

    async def miss(self, session: ImportSession, now: datetime) -> list[UUID]:
        missed = await self._connection.fetch(
            _MISSED,
            session.id,
            session.created_at,
            now,
            LOOKS_UNTIL_VANISHED,
            now - LOOKS_APART,
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
