"""Candidates of import sessions."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from uuid import UUID

import asyncpg

from import_svc.adapters.needed_scopes import missing_scopes
from import_svc.adapters.postgres.company_checks import findings
from import_svc.adapters.postgres.registry import registry_entry
from import_svc.adapters.postgres.rows import profile, profile_columns, sector
from import_svc.domain.candidate import Candidate, CandidateCounts, CandidateOrder, CandidateVersions
from import_svc.domain.looks import SeenAs
from import_svc.domain.profile import Profile
from import_svc.domain.session import ImportSession
from koppel.kernel.ids import new_id
from koppel.platform.unit_of_work import Repository
from koppel.providers.company import Company, CompanyKind, CompanyStatus

_ADD = files(__package__).joinpath("add_candidates.sql").read_text(encoding="utf-8")
_READ = """
select candidate.*, administration.id is not null as already_imported, seen.gone_at is not null as is_gone,
       finder.state = 'active' as login_works, finder.scopes as finder_scopes, probed.findings,
       registry.kvk_number as registry_number,
       registry.name as registry_name, registry.active as registry_active,
       registry.activities as registry_activities, registry.fetched_at as registry_fetched_at,
       array(
           select twin.id from administration twin
           where twin.organisation_id = candidate.organisation_id and twin.state <> 'removed'
             and candidate.profile_no_kvk_reason is null
             and twin.kvk_number = coalesce(candidate.profile_kvk_number, candidate.kvk_number)
             and (twin.provider, twin.external_id) <> (candidate.provider, candidate.external_id)
           order by twin.id limit 100
       ) as duplicates
from candidate
left join administration
    on administration.organisation_id = candidate.organisation_id
    and administration.provider = candidate.provider
    and administration.external_id = candidate.external_id
    and administration.state <> 'removed'
join connection_grant finder on finder.id = candidate.grant_id
left join seen_company seen
    on seen.organisation_id = candidate.organisation_id
    and seen.provider = candidate.provider
    and seen.external_id = candidate.external_id
left join company_check probed
    on probed.organisation_id = candidate.organisation_id
    and probed.provider = candidate.provider
    and probed.external_id = candidate.external_id
    and probed.grant_id = candidate.grant_id
left join registry_entry registry
    on candidate.profile_no_kvk_reason is null
    and registry.kvk_number = coalesce(candidate.profile_kvk_number, candidate.kvk_number)
    and (registry.fetched_at is not null or registry.attempts > 0)
where candidate.session_id = $1
"""
_MATCHING = f"""{_READ}
  and ($2::text is null
       or strpos(lower(candidate.name), lower($2)) > 0 or strpos(lower(registry.name), lower($2)) > 0
       or strpos(lower(concat_ws(' ', candidate.kvk_number, candidate.profile_kvk_number, candidate.vat_number,
                                 candidate.external_id)), lower(replace($2, ' ', ''))) > 0)
"""
_PAGE = f"{_MATCHING} and ($3::uuid is null or candidate.id > $3) order by candidate.id limit $4"
# The cursor is the id of the last candidate, whose name is read again.
_PAGE_BY_NAME = f"""{_MATCHING}
  and ($3::uuid is null
       or (lower(candidate.name), candidate.id) > (select lower(name), id from candidate where id = $3))
order by lower(candidate.name), candidate.id limit $4
"""
_COUNT = f"select count(*) from ({_MATCHING}) as matching"
_BY_ID = f"{_READ} and candidate.id = any($2::uuid[])"
_SELECTED = f"{_READ} and candidate.selected order by candidate.id"
_IMPORTED = """
select id, administration_id from candidate
where session_id = $1 and administration_id is not null order by id
"""
_SELECT = """
update candidate set selected = not selected, selection_version = $3
where session_id = $1 and selected is distinct from (id = any($2::uuid[]))
"""
_CHANGED_SINCE = """
select id, selected, selection_version, profile_version from candidate
where session_id = $1 and (selection_version > $2 or profile_version > $2) order by id
"""
_STORE_PROFILES = """
update candidate
set profile_kvk_number = given.number, profile_no_kvk_reason = given.reason,
    profile_sbi_version = given.version, profile_sector_code = given.code, profile_version = $6
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) as given (id, number, reason, version, code)
where candidate.id = given.id
"""
_MARK_IMPORTED = """
update candidate set administration_id = given.administration_id
from unnest($1::uuid[], $2::uuid[]) as given (id, administration_id)
where candidate.id = given.id
"""
_COUNTS = """
select session.id as session_id,
       count(candidate.id) as candidates,
       count(*) filter (where selected) as selected,
       count(administration.id) as already_imported,
       count(candidate.administration_id) as imported,
       count(*) filter (where candidate.seen_as = 'new') as new
from unnest($1::uuid[]) as session (id)
left join candidate on candidate.session_id = session.id
left join administration
    on administration.organisation_id = candidate.organisation_id
    and administration.provider = candidate.provider
    and administration.external_id = candidate.external_id
    and administration.state <> 'removed'
group by session.id
"""


class PostgresCandidates(Repository):
    """The `candidate` table."""

    async def add(self, session: ImportSession, found: Sequence[tuple[UUID, Company]]) -> None:
        sectors = [company.sector for _, company in found]
        await self._connection.execute(
            _ADD,
            session.organisation_id,
            session.id,
            session.provider,
            [new_id() for _ in found],
            [grant_id for grant_id, _ in found],
            [company.external_id for _, company in found],
            [company.name for _, company in found],
            [company.kvk_number for _, company in found],
            [company.vat_number for _, company in found],
            [each and each.sbi_version for each in sectors],
            [each and each.code for each in sectors],
            [company.status for _, company in found],
            [company.kind for _, company in found],
        )

    async def page(
        self,
        session_id: UUID,
        after: UUID | None,
        limit: int,
        *,
        text: str | None = None,
        order: CandidateOrder | None = None,
    ) -> list[Candidate]:
        statement = _PAGE if order is None else _PAGE_BY_NAME
        rows = await self._connection.fetch(statement, session_id, text, after, limit)
        return [_candidate(row) for row in rows]

    async def count(self, session_id: UUID, text: str | None) -> int:
        found: int = await self._connection.fetchval(_COUNT, session_id, text)
        return found

    async def by_id(self, session_id: UUID, candidate_ids: Sequence[UUID]) -> dict[UUID, Candidate]:
        rows = await self._connection.fetch(_BY_ID, session_id, candidate_ids)
        return {row["id"]: _candidate(row) for row in rows}

    async def selected(self, session_id: UUID) -> list[Candidate]:
        return [_candidate(row) for row in await self._connection.fetch(_SELECTED, session_id)]

    async def imported(self, session_id: UUID) -> list[tuple[UUID, UUID]]:
        rows = await self._connection.fetch(_IMPORTED, session_id)
        return [(row["id"], row["administration_id"]) for row in rows]

    async def changed_since(self, session_id: UUID, version: int) -> list[CandidateVersions]:
        return [
            CandidateVersions(row["id"], row["selected"], row["selection_version"], row["profile_version"])
            for row in await self._connection.fetch(_CHANGED_SINCE, session_id, version)
        ]

    async def select(self, session_id: UUID, candidate_ids: Sequence[UUID], version: int) -> None:
        await self._connection.execute(_SELECT, session_id, candidate_ids, version)

    async def store_profiles(self, profiles: Mapping[UUID, Profile], version: int) -> None:
        columns = [profile_columns(each) for each in profiles.values()]
        if columns:
            await self._connection.execute(
                _STORE_PROFILES, list(profiles), *map(list, zip(*columns, strict=True)), version
            )

    async def mark_imported(self, administrations: Mapping[UUID, UUID]) -> None:
        await self._connection.execute(_MARK_IMPORTED, list(administrations), list(administrations.values()))

    async def counts(self, session_ids: Sequence[UUID]) -> Mapping[UUID, CandidateCounts]:
        return {
            row["session_id"]: CandidateCounts(
                row["candidates"], row["selected"], row["already_imported"], row["imported"], row["new"]
            )
            for row in await self._connection.fetch(_COUNTS, session_ids)
        }


def _candidate(row: asyncpg.Record) -> Candidate:
    stored = profile(
        row["profile_kvk_number"],
        row["profile_no_kvk_reason"],
        row["profile_sbi_version"],
        row["profile_sector_code"],
    )
    return Candidate(
        id=row["id"],
        grant_id=row["grant_id"],
        provider=row["provider"],
        external_id=row["external_id"],
        name=row["name"],
        kvk_number=row["kvk_number"],
        vat_number=row["vat_number"],
        provider_sector=sector(row["sbi_version"], row["sector_code"]),
        selected=row["selected"],
        stored=None if stored == Profile() else stored,
        already_imported=row["already_imported"],
        administration_id=row["administration_id"],
        registry=registry_entry(row, "registry_"),
        login_works=row["login_works"],
        missing_scopes=missing_scopes(row["provider"], row["finder_scopes"]),
        findings=findings(row),
        profile_version=row["profile_version"],
        status=CompanyStatus(row["status"]),
        kind=CompanyKind(row["kind"]),
        seen_as=SeenAs.GONE if row["is_gone"] else SeenAs(row["seen_as"]),
        duplicates=tuple(row["duplicates"]),
    )
