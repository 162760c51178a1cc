"""Logins that wait for a person."""

from collections.abc import Sequence
from importlib.resources import files
from uuid import UUID

import asyncpg

from koppel.contracts.connection import (
    Company,
    ConnectionAuthorized,
    ConnectionExpiring,
    ConnectionReauthorizationRequired,
)
from koppel.contracts.values import WhoMustAct
from koppel.platform.unit_of_work import Repository
from sync_svc.domain.reauthorization import ALL_REAUTHORIZATIONS, Reauthorization, ReauthorizationFilter

_AUTHORIZED = """
update connection_grant
set provider = $3, company_external_id = $4, company_name = $5, reason = null, who_must_act = null, since = null,
    dies_at = null, act_by = null
where organisation_id = $1 and grant_id = $2
"""
_REQUIRED = """
update connection_grant set provider = $3, reason = $4, who_must_act = $5, since = $6
where organisation_id = $1 and grant_id = $2
"""
_EXPIRING = """
with dying as (
    update connection_grant set dies_at = $3, act_by = $4
    where organisation_id = $1 and grant_id = $2 returning grant_id, provider
)
update sync_pause set act_by = least(act_by, $4) from dying
where (scope, id) in (('grant', dying.grant_id::text), ('provider', dying.provider))
   or administration_id in (
       select administration_id from administration where organisation_id = $1 and grant_id = dying.grant_id)
"""
_LIVE_ON = """
with living as (
    update connection_grant set dies_at = null, act_by = null
    where organisation_id = $1 and grant_id = any($2::uuid[]) and act_by is not null returning grant_id, provider
), touched as (
    select distinct scope, id from sync_pause, living
    where (scope, id) in (('grant', living.grant_id::text), ('provider', living.provider))
       or administration_id in (
           select administration_id from administration where organisation_id = $1 and grant_id = living.grant_id)
)
update sync_pause pause set act_by = (
    select min(dying.act_by) from connection_grant dying
    where dying.act_by > now() and grant_id not in (select grant_id from living) and grant_id in (
        select grant_id from administration
        where removed_reason is null and case pause.scope
            when 'provider' then provider = pause.id
            when 'grant' then grant_id::text = pause.id
            else administration_id = pause.administration_id
        end
    )
)
from touched where (pause.scope, pause.id) = (touched.scope, touched.id)
"""
_WAITING = files(__package__).joinpath("waiting_logins.sql").read_text(encoding="utf-8")
_COUNT = f"select count(*) from ({_WAITING}) as listed"


class PostgresReauthorizations(Repository):
    """Implements `Reauthorizations` beside `PostgresGrants`, which makes the rows."""

    async def authorized(self, fact: ConnectionAuthorized) -> None:
        external_id, name = (
            (None, None) if fact.company is None else (fact.company.external_id, fact.company.name)
        )
        await self._connection.execute(
            _AUTHORIZED, self._organisation_id, fact.grant_id, fact.provider, external_id, name
        )

    async def required(self, fact: ConnectionReauthorizationRequired) -> None:
        await self._connection.execute(
            _REQUIRED,
            self._organisation_id,
            fact.grant_id,
            fact.provider,
            fact.reason,
            fact.who_must_act,
            fact.required_at,
        )

    async def expiring(self, fact: ConnectionExpiring) -> None:
        await self._connection.execute(
            _EXPIRING, self._organisation_id, fact.grant_id, fact.dies_at, fact.act_by
        )

    async def live_on(self, grant_ids: Sequence[UUID]) -> None:
        await self._connection.execute(_LIVE_ON, self._organisation_id, list(grant_ids))

    async def waiting(
        self,
        after: tuple[int, UUID] | None,
        limit: int,
        which: ReauthorizationFilter = ALL_REAUTHORIZATIONS,
    ) -> list[Reauthorization]:
        rows = await self._connection.fetch(
            _WAITING, self._organisation_id, which.reason, which.text, *(after or (None, None)), limit
        )
        return [_waiting(row) for row in rows]

    async def waiting_count(self, which: ReauthorizationFilter) -> int:
        counted: int = await self._connection.fetchval(
            _COUNT, self._organisation_id, which.reason, which.text, None, None, None
        )
        return counted


def _waiting(row: asyncpg.Record) -> Reauthorization:
    known = row["company_external_id"] is not None
    return Reauthorization(
        organisation_id=row["organisation_id"],
        connection_id=row["connection_id"],
        grant_id=row["grant_id"],
        provider=row["provider"],
        company=Company(external_id=row["company_external_id"], name=row["company_name"]) if known else None,
        reason=row["reason"],
        who_must_act=WhoMustAct(row["who_must_act"] or WhoMustAct.CUSTOMER),
        since=row["since"],
        act_by=row["act_by"],
        administrations_held_up=row["administrations"],
        syncs_held_up=row["syncs"],
    )
