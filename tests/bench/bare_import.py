"""Importing companies with bare statements: the rows that the services write, without their events, audit and tenants."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import orjson
from tests.bench.bare import Listing
from tests.bench.organisation import run_concurrently

from koppel.kernel.ids import new_id

CONCURRENT = 8
"""As many calls at a time as import-svc makes by default."""

MAKE_TABLES = """
drop table if exists bench.assignment, bench.administration, bench.candidate;
create table bench.candidate (id uuid primary key, external_id text not null unique, name text not null,
    kvk_number text, selected boolean not null default false, profile_kvk_number text, profile_reason text);
create table bench.administration (id uuid primary key, external_id text not null unique, name text not null,
    kvk_number text, no_kvk_reason text, imported_at timestamptz not null default now());
create table bench.assignment (administration_id uuid primary key references bench.administration,
    user_ids uuid[] not null, version bigint not null);
"""
_ADD_CANDIDATES = """
insert into bench.candidate (id, external_id, name, kvk_number)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
on conflict (external_id) do nothing
"""
_SELECT = "update bench.candidate set selected = true where id = any($1::uuid[])"
_COMPLETE = """
update bench.candidate set profile_kvk_number = kvk_number,
       profile_reason = case when kvk_number is null then 'no_company' end
where id = any($1::uuid[])
"""
_IMPORT = """
insert into bench.administration (id, external_id, name, kvk_number, no_kvk_reason)
select new.id, external_id, name, profile_kvk_number, profile_reason
from unnest($1::uuid[], $2::uuid[]) as new (id, candidate_id)
join bench.candidate on candidate.id = new.candidate_id and selected
on conflict (external_id) do nothing
"""
_ASSIGN = """
insert into bench.assignment (administration_id, user_ids, version)
select id, array[$2::uuid], 1 from unnest($1::uuid[]) as id
on conflict (administration_id) do nothing
"""


@dataclass(frozen=True, slots=True)
class Company:
    """What `companysettings` says."""

    external_id: str
    name: str
    kvk_number: str | None

    @classmethod
    def of(cls, body: bytes) -> "Company":
        settings: dict[str, Any] = orjson.loads(body)
        return cls(
            settings["CompanyIdentifier"], settings["Name"], settings["CorporateIdentityNumber"] or None
        )


async def ask_providers(http: httpx.AsyncClient, settings: Sequence[Listing]) -> list[Company]:
    """One call a company, several at a time."""
    companies: list[Company] = []

    async def ask(each: Listing) -> None:
        answer = await http.get(each.url, headers={"Authorization": f"Bearer {each.token}"})
        answer.raise_for_status()
        companies.append(Company.of(answer.content))

    await run_concurrently(ask, settings, CONCURRENT)
    return companies


async def import_and_assign(
    connection: "asyncpg.Connection[asyncpg.Record]", companies: Sequence[Company], beheerder: UUID
) -> int:
    """Candidates, selection, profiles, administrations, assignments: a statement and a commit each."""
    candidates, administrations = [new_id() for _ in companies], [new_id() for _ in companies]
    await connection.execute(
        _ADD_CANDIDATES,
        candidates,
        [each.external_id for each in companies],
        [each.name for each in companies],
        [each.kvk_number for each in companies],
    )
    await connection.execute(_SELECT, candidates)
    await connection.execute(_COMPLETE, candidates)
    async with connection.transaction():
        await connection.execute(_IMPORT, administrations, candidates)
    await connection.execute(_ASSIGN, administrations, beheerder)
    return int(await connection.fetchval("select count(*) from bench.assignment"))
