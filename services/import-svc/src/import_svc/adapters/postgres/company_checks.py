"""What probes told of companies."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from import_svc.domain.company_check import CHECKED_FOR, DueCheck, Finding
from import_svc.domain.session import ImportSession
from koppel.contracts.values import WhoMustAct
from koppel.platform.unit_of_work import Repository
from koppel.providers.catalogue import PROVIDERS

_WANT = """
insert into company_check (organisation_id, provider, external_id, grant_id, due_at)
select organisation_id, provider, external_id, grant_id, $3 from candidate
where organisation_id = $1 and session_id = $2 and status = 'active' and kind <> 'dossier' and seen_as <> 'gone'
  and not exists (
      select from administration
      where administration.organisation_id = candidate.organisation_id
        and administration.provider = candidate.provider
        and administration.external_id = candidate.external_id and state <> 'removed'
  )
order by external_id
on conflict (organisation_id, provider, external_id) do update
    set grant_id = excluded.grant_id, due_at = excluded.due_at, attempts = 0
    where company_check.due_at is null and (company_check.checked_at is null or company_check.checked_at <= $4)
"""
_CLAIM = """
update company_check set due_at = $3
where (organisation_id, provider, external_id) in (
    select organisation_id, provider, external_id from company_check
    where provider = $1 and due_at <= $2 order by due_at limit $4 for update skip locked
)
returning organisation_id, provider, external_id, grant_id, attempts
"""
_THIS = "where organisation_id = $1 and provider = $2 and external_id = $3 and grant_id = $4"
_PUT = f"update company_check set findings = $5, checked_at = $6, due_at = null, attempts = 0 {_THIS}"
_TRY_AGAIN = f"update company_check set due_at = $5, attempts = attempts + 1 {_THIS}"


class PostgresCompanyChecks(Repository):
    """The `company_check` table."""

    async def want(self, session: ImportSession, now: datetime) -> None:
        known = PROVIDERS.get(session.provider)
        if known is not None and not known.profile.probes:
            return
        await self._connection.execute(_WANT, session.organisation_id, session.id, now, now - CHECKED_FOR)

    async def claim(self, provider: str, now: datetime, until: datetime, limit: int) -> list[DueCheck]:
        return [DueCheck(**row) for row in await self._connection.fetch(_CLAIM, provider, now, until, limit)]

    async def put(self, check: DueCheck, findings: Sequence[Finding], now: datetime) -> None:
        told = [
            {"check": each.check, "detail": each.detail, "who_must_act": each.who_must_act}
            for each in findings
        ]
        await self._connection.execute(_PUT, *_key(check), told, now)

    async def try_again(self, check: DueCheck, at: datetime | None) -> None:
        await self._connection.execute(_TRY_AGAIN, *_key(check), at)


def findings(row: asyncpg.Record) -> tuple[Finding, ...] | None:
    """The row's `findings` column."""
    if row["findings"] is None:
        return None
    return tuple(
        Finding(each["check"], each["detail"], WhoMustAct(each["who_must_act"])) for each in row["findings"]
    )


def _key(check: DueCheck) -> tuple[object, ...]:
    return check.organisation_id, check.provider, check.external_id, check.grant_id
