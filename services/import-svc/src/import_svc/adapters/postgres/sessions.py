"""Import sessions."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from import_svc.adapters.postgres.rows import failure, failure_column
from import_svc.domain.session import ImportSession, Purpose, SessionState
from koppel.contracts.values import Failure
from koppel.platform.unit_of_work import Repository

DISCOVERY = "discovery"
"""The kind of lease a worker holds on a session."""

_COLUMNS = """id, organisation_id, connection_id, provider, state, failure, created_by, created_at, settle_at, expires_at, version, purpose"""
_FIND = f"select {_COLUMNS} from import_session where id = $1"
_ADD = f"""
insert into import_session ({_COLUMNS}, work_due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $8)
"""
_CHOSEN = """
from import_session
where organisation_id = $1 and purpose = 'import'
  and ($2::uuid is null or connection_id = $2)
  and ($3::text is null
       or $3 = case when state in ('discovering', 'selecting') and expires_at <= $4 then 'expired' else state end)
"""
_COUNT = f"select count(*) {_CHOSEN}"
_PAGE = f"""
select {_COLUMNS} {_CHOSEN}
  and ($5::uuid is null or id < $5)
order by id desc limit $6
"""
_UNLOOKED = """
select id, organisation_id, provider from connection
where state = 'active'
  and exists (
      select from connection_grant where connection_id = connection.id and connection_grant.state = 'active'
  )
  and exists (select from import_session where connection_id = connection.id)
  and not exists (
      select from import_session
      where connection_id = connection.id and (created_at > $1 or purpose = 'look' and state = 'discovering')
  )
order by (select max(created_at) from import_session where connection_id = connection.id), id
limit greatest(
    $2 - (select count(*) from import_session where purpose = 'look' and state = 'discovering'), 0
)
for update skip locked
"""
_FORGET_LOOKS = """
with old as (
    select id from import_session
    where purpose = 'look' and state not in ('discovering', 'selecting') and created_at < $1
    limit $2 for update skip locked
), candidates as (delete from candidate using old where session_id = old.id),
discoveries as (delete from grant_discovery using old where session_id = old.id)
delete from import_session using old where import_session.id = old.id
"""
_ACTED = "update import_session set version = $2, expires_at = $3 where id = $1"
_ADVANCE = "update import_session set state = $2, failure = $3, work_due_at = $4 where id = $1"
_AGAIN = """
update grant_discovery
set state = 'waiting', attempts = 0, next_attempt_at = $2, failure = null, continuation = null, pages = 0
from import_session
where grant_discovery.grant_id = any($1::uuid[]) and grant_discovery.state <> 'discovered'
  and import_session.id = session_id and import_session.organisation_id = grant_discovery.organisation_id
  and import_session.state in ('discovering', 'selecting')
"""
_WAKE = """
update import_session set work_due_at = $2
where state in ('discovering', 'selecting')
  and (organisation_id, connection_id) in (
      select organisation_id, connection_id from connection_grant where id = any($1::uuid[])
  )
"""
_FAIL_OPEN = """
update import_session set state = 'failed', failure = $2, work_due_at = null
where connection_id = $1 and state in ('discovering', 'selecting')
"""
_EXPIRE = """
update import_session set state = 'expired', work_due_at = null
where id in (
    select id from import_session
    where state in ('discovering', 'selecting') and expires_at <= $1 limit 1000 for update skip locked
)
"""
_WITHOUT_WORKER = f"""
work_due_at is not null and not exists (
    select 1 from lease where kind = '{DISCOVERY}' and subject = import_session.id and lease.expires_at > now()
)
"""
_DUE = f"""
select id from import_session where work_due_at <= $1 and {_WITHOUT_WORKER} order by work_due_at limit $2
"""
_NEXT_DUE = f"select min(work_due_at) from import_session where {_WITHOUT_WORKER}"


class PostgresSessions(Repository):
    """The `import_session` table."""

    async def add(self, session: ImportSession) -> None:
        await self._connection.execute(
            _ADD,
            session.id,
            session.organisation_id,
            session.connection_id,
            session.provider,
            session.state,
            failure_column(session.failure),
            session.created_by,
            session.created_at,
            session.settle_at,
            session.expires_at,
            session.version,
            session.purpose,
        )

    async def find(self, session_id: UUID) -> ImportSession | None:
        return _session(await self._connection.fetchrow(_FIND, session_id))

    async def lock(self, session_id: UUID) -> ImportSession | None:
        return _session(await self._connection.fetchrow(f"{_FIND} for no key update", session_id))

    async def page(
        self,
        *,
        connection_id: UUID | None,
        state: SessionState | None,
        before: UUID | None,
        limit: int,
        now: datetime,
    ) -> list[ImportSession]:
        rows = await self._connection.fetch(
            _PAGE, self._organisation_id, connection_id, state, now, before, limit
        )
        return [_session_of(row) for row in rows]

    async def count(self, *, connection_id: UUID | None, state: SessionState | None, now: datetime) -> int:
        counted: int = await self._connection.fetchval(
            _COUNT, self._organisation_id, connection_id, state, now
        )
        return counted

    async def unlooked(self, before: datetime, at_once: int) -> list[tuple[UUID, UUID, str]]:
        rows = await self._connection.fetch(_UNLOOKED, before, at_once)
        return [(row["id"], row["organisation_id"], row["provider"]) for row in rows]

    async def forget_looks(self, before: datetime, limit: int) -> int:
        return int((await self._connection.execute(_FORGET_LOOKS, before, limit)).rpartition(" ")[2])

    async def acted(self, session_id: UUID, version: int, expires_at: datetime) -> None:
        await self._connection.execute(_ACTED, session_id, version, expires_at)

    async def advance(
        self, session_id: UUID, state: SessionState, failure: Failure | None, due_at: datetime | None
    ) -> None:
        await self._connection.execute(_ADVANCE, session_id, state, failure_column(failure), due_at)

    async def due_for_grants(self, grant_ids: Sequence[UUID], now: datetime) -> None:
        # The sessions first: a worker that is about to rest must find the rows again or be woken.
        await self._connection.execute(_WAKE, grant_ids, now)
        await self._connection.execute(_AGAIN, grant_ids, now)

    async def fail_open(self, connection_id: UUID, failure: Failure) -> None:
        await self._connection.execute(_FAIL_OPEN, connection_id, failure_column(failure))

    async def expire(self, now: datetime) -> int:
        return int((await self._connection.execute(_EXPIRE, now)).rpartition(" ")[2])

    async def due(self, now: datetime, limit: int) -> list[UUID]:
        return [row["id"] for row in await self._connection.fetch(_DUE, now, limit)]

    async def next_due_at(self) -> datetime | None:
        due_at: datetime | None = await self._connection.fetchval(_NEXT_DUE)
        return due_at


def _session(row: asyncpg.Record | None) -> ImportSession | None:
    return None if row is None else _session_of(row)


def _session_of(row: asyncpg.Record) -> ImportSession:
    return ImportSession(
        id=row["id"],
        organisation_id=row["organisation_id"],
        connection_id=row["connection_id"],
        provider=row["provider"],
        state=SessionState(row["state"]),
        failure=failure(row),
        created_by=row["created_by"],
        created_at=row["created_at"],
        settle_at=row["settle_at"],
        expires_at=row["expires_at"],
        version=row["version"],
        purpose=Purpose(row["purpose"]),
    )
