"""The companies that an organisation's logins showed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from import_svc.domain.session import ImportSession
from koppel.kernel.ids import new_id
from koppel.platform.unit_of_work import Repository
from koppel.providers.company import Company

_NOTE = """
insert into seen_company (organisation_id, provider, external_id, connection_id, grant_id, name, kvk_number, seen_at)
select distinct on (external_id) $1::uuid, $2::text, external_id, $3::uuid, grant_id, name, kvk_number, $8::timestamptz
from unnest($4::uuid[], $5::text[], $6::text[], $7::text[]) as found (grant_id, external_id, name, kvk_number)
order by external_id, grant_id
on conflict (organisation_id, provider, external_id) do update
    set connection_id = excluded.connection_id, grant_id = excluded.grant_id, name = excluded.name,
        kvk_number = excluded.kvk_number, seen_at = excluded.seen_at, gone_at = null
"""
_GONE = """
with missing as (
    select seen.organisation_id, seen.provider, seen.external_id
    from seen_company seen
    join grant_discovery using (grant_id)
    where grant_discovery.session_id = $1 and grant_discovery.state = 'discovered'
      and seen.gone_at is null and seen.seen_at < $2
      and not exists (
          select from candidate where candidate.session_id = $1 and candidate.external_id = seen.external_id
      )
    order by seen.external_id for update of seen
)
update seen_company set gone_at = $3 from missing
where seen_company.organisation_id = missing.organisation_id and seen_company.provider = missing.provider
  and seen_company.external_id = missing.external_id
returning seen_company.grant_id, seen_company.external_id, seen_company.name, seen_company.kvk_number
"""
_ADD_GONE = """
insert into candidate (id, organisation_id, session_id, provider, grant_id, external_id, name, kvk_number, seen_as)
select id, $1, $2, $3, grant_id, external_id, name, kvk_number, 'gone'
from unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[])
    as gone (id, grant_id, external_id, name, kvk_number)
on conflict (organisation_id, session_id, external_id) do nothing
"""


class PostgresSeenCompanies(Repository):
    """The `seen_company` table."""

    async def note(
        self, session: ImportSession, found: Sequence[tuple[UUID, Company]], now: datetime
    ) -> None:
        await self._connection.execute(
            _NOTE,
            session.organisation_id,
            session.provider,
            session.connection_id,
            [grant_id for grant_id, _ in found],
            [company.external_id for _, company in found],
            [company.name for _, company in found],
            [company.kvk_number for _, company in found],
            now,
        )

    async def add_gone(self, session: ImportSession, now: datetime) -> None:
        gone = await self._connection.fetch(_GONE, session.id, session.created_at, now)
        await self._connection.execute(
            _ADD_GONE,
            session.organisation_id,
            session.id,
            session.provider,
            [new_id() for _ in gone],
            *([row[name] for row in gone] for name in ("grant_id", "external_id", "name", "kvk_number")),
        )
