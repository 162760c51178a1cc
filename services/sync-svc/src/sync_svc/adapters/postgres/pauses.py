"""Pauses and what counts towards them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from uuid import UUID

import asyncpg

from koppel.contracts.pause import PauseScope, ResumesWhen
from koppel.contracts.values import Failure, ResourceName
from koppel.platform.unit_of_work import Repository
from sync_svc.domain.pause import AT_LEAST_APART, WIDTH, DuePause, Pause, Probe, Subject, Trouble
from sync_svc.domain.pause_rules import BY_NAME
from sync_svc.domain.run import LEASE_KIND

_MOST_NAMED = 20
_COUNT = """
insert into sync_trouble as held (scope, id, organisation_id, rule, failures, administration_ids)
values ($1, $2, $3, $4, 1, array[$5::uuid])
on conflict (scope, id) do update set
    rule = excluded.rule,
    failures = case when held.rule = excluded.rule then held.failures + 1 else 1 end,
    administration_ids = case
        when held.rule <> excluded.rule then excluded.administration_ids
        when $5 = any (held.administration_ids) or cardinality(held.administration_ids) >= $6 then held.administration_ids
        else held.administration_ids || $5
    end
returning case when scope = 'provider' then cardinality(administration_ids) else failures end
"""
# Rows are locked in one order, so that two runs that end at once do not wait for each other.
_FORGET = """
delete from sync_trouble where (scope, id) in (
    select scope, id from sync_trouble
    where (scope, id) in (select * from unnest($1::text[], $2::text[]))
    order by scope desc, id for update
)
"""
_BEGIN = """
with held as (
    select administration_id, grant_id from administration
    where removed_reason is null and case $1::text
        when 'provider' then provider = $2
        when 'grant' then grant_id::text = $2
        else administration_id = $7
    end
)
insert into sync_pause (scope, id, organisation_id, rule, failure, resumes_when, administration_id, resource,
                        next_probe_at, act_by)
select $1, $2, $3, $4, $5, $6, $7, $8, now() + $9::interval,
       (select min(act_by) from connection_grant where act_by > now() and grant_id in (select grant_id from held))
where exists (select from held)
on conflict (scope, id) do nothing returning *
"""
_END = """
delete from sync_pause where (scope, id) in (
    select scope, id from sync_pause
    where (scope, id) in (select * from unnest($1::text[], $2::text[]))
      and (resumes_when <> 'login' or not $3)
    order by scope desc, id for update
) returning *, now() as ended_at
"""
_OF_ADMINISTRATIONS = """
select held.administration_id as held, pause.*
from sync_pause pause join held_administration held using (scope, id)
where held.administration_id = any($1::uuid[])
union all
select administration_id, sync_pause.* from sync_pause
where scope = 'resource' and administration_id = any($1::uuid[])
"""
_BY_LOGIN = """
select * from sync_pause
where resumes_when in ('login', 'login_or_probe')
  and ((scope = 'grant' and id = any($2::uuid[]::text[]))
       or administration_id in (select administration_id from administration
                                where organisation_id = $1 and grant_id = any($2::uuid[])))
"""
_OWN = "select * from sync_pause where administration_id = $1"
_PROBE_FAILED = """
update sync_pause set probed = null where (scope, id) in (select * from unnest($1::text[], $2::text[]))
"""
_GROUNDLESS = files(__package__).joinpath("groundless_pauses.sql").read_text(encoding="utf-8")
_DUE_PROBES = files(__package__).joinpath("due_probes.sql").read_text(encoding="utf-8")
_CHOOSE = files(__package__).joinpath("choose_probe.sql").read_text(encoding="utf-8")
_PROBE = """
update sync_pause
set probes = probes + ($3::uuid is not null)::int, probed = $3, probed_at = now(), next_probe_at = now() + $4::interval
where scope = $1 and id = $2
"""
_TAKE_UP_PROBE = """
update sync_run set not_before = now(), waiting_for = null
where administration_id = $1 and state in ('queued', 'deferred') and waiting_for = 'pause'
"""
_SET_HELD_ASIDE = files(__package__).joinpath("set_held_aside.sql").read_text(encoding="utf-8")
_TAKE_UP_HELD = files(__package__).joinpath("take_up_held.sql").read_text(encoding="utf-8")
_COUNTS = """
select scope, failure ->> 'code' as cause, case scope when 'provider' then id else '' end as provider, count(*) as pauses
from sync_pause group by 1, 2, 3
"""


class PostgresPauses(Repository):
    """Implements `Pauses`."""

    async def count(self, trouble: Trouble, administration_id: UUID) -> int:
        subject = trouble.subject
        counted: int = await self._connection.fetchval(
            _COUNT,
            subject.scope,
            subject.id,
            subject.organisation_id,
            trouble.rule.name,
            administration_id,
            _MOST_NAMED,
        )
        return counted

    async def forget_troubles(self, subjects: Sequence[Subject]) -> None:
        await self._connection.execute(_FORGET, *_named(subjects))

    async def begin(self, trouble: Trouble, administration_id: UUID | None) -> Pause | None:
        subject, probes = trouble.subject, trouble.rule.probes
        narrow = subject.scope in (PauseScope.RESOURCE, PauseScope.ADMINISTRATION)
        row = await self._connection.fetchrow(
            _BEGIN,
            subject.scope,
            subject.id,
            subject.organisation_id,
            trouble.rule.name,
            trouble.failure.model_dump(mode="json"),
            trouble.rule.resumes_when,
            administration_id if narrow else None,
            subject.id.partition("/")[2] or None,
            None if probes is None else probes.delay(1),
        )
        return None if row is None else pause_from(row)

    async def end(self, subjects: Sequence[Subject], *, by_probe: bool) -> list[tuple[Pause, datetime]]:
        rows = await self._connection.fetch(_END, *_named(subjects), by_probe)
        if rows:
            await self._connection.execute(_TAKE_UP_HELD)
        return [(pause_from(row), row["ended_at"]) for row in rows]

    async def of_administration(self, administration_id: UUID) -> list[Pause]:
        return (await self.of_administrations([administration_id]))[administration_id]

    async def of_administrations(self, ids: Sequence[UUID]) -> Mapping[UUID, list[Pause]]:
        found: dict[UUID, list[Pause]] = {administration_id: [] for administration_id in ids}
        for row in await self._connection.fetch(_OF_ADMINISTRATIONS, list(ids)):
            found[row["held"]].append(pause_from(row))
        for pauses in found.values():
            pauses.sort(key=lambda pause: -WIDTH[pause.subject.scope])
        return found

    async def ended_by_login(self, grant_ids: Sequence[UUID]) -> list[Subject]:
        rows = await self._connection.fetch(_BY_LOGIN, self._organisation_id, list(grant_ids))
        return [_subject(row) for row in rows]

    async def own(self, administration_id: UUID) -> list[Pause]:
        return [pause_from(row) for row in await self._connection.fetch(_OWN, administration_id)]

    async def probe_failed(self, subjects: Sequence[Subject]) -> None:
        await self._connection.execute(_PROBE_FAILED, *_named(subjects))

    async def groundless(self) -> list[tuple[Subject, str]]:
        rows = await self._connection.fetch(_GROUNDLESS)
        return [(_subject(row), row["ground"]) for row in rows]

    async def lock_due_probes(self, limit: int) -> list[DuePause]:
        rows = await self._connection.fetch(_DUE_PROBES, limit, LEASE_KIND, AT_LEAST_APART)
        return [
            DuePause(
                _subject(row),
                BY_NAME[row["rule"]],
                row["probes"],
                None if row["resource"] is None else ResourceName(row["resource"]),
            )
            for row in rows
            if row["rule"] in BY_NAME  # a rule of another version is that one's to probe
        ]

    async def choose_probe(self, due: DuePause) -> Probe | None:
        row = await self._connection.fetchrow(_CHOOSE, due.subject.scope, due.subject.id, due.probes)
        if row is None:
            return None
        names = row["resources"] if due.resource is None else [due.resource]
        resources = None if names is None else tuple(ResourceName(name) for name in names)
        return Probe(row["organisation_id"], row["administration_id"], resources, waits=row["waits"])

    async def probe(self, due: DuePause, probed: UUID | None, again_after: timedelta) -> None:
        await self._connection.execute(_PROBE, due.subject.scope, due.subject.id, probed, again_after)
        await self._connection.execute(_TAKE_UP_PROBE, probed)

    async def set_held_aside(self) -> None:
        await self._connection.execute(_SET_HELD_ASIDE)

    async def counts(self) -> dict[tuple[str, str, str], int]:
        rows = await self._connection.fetch(_COUNTS)
        return {(row["scope"], row["cause"], row["provider"]): row["pauses"] for row in rows}


def pause_from(row: asyncpg.Record) -> Pause:
    """A row of `sync_pause`."""
    return Pause(
        subject=_subject(row),
        failure=Failure.model_validate(row["failure"]),
        resumes_when=ResumesWhen(row["resumes_when"]),
        since=row["since"],
        act_by=row["act_by"],
        next_probe_at=row["next_probe_at"],
        probed_at=row["probed_at"],
        probed=row["probed"],
    )


def _subject(row: asyncpg.Record) -> Subject:
    return Subject(PauseScope(row["scope"]), row["id"], row["organisation_id"])


def _named(subjects: Sequence[Subject]) -> tuple[list[str], list[str]]:
    return [subject.scope.value for subject in subjects], [subject.id for subject in subjects]
