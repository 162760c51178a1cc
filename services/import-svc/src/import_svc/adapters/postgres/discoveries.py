"""The discovery of each grant in a session."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import orjson

from import_svc.adapters.postgres.rows import failure, failure_column
from import_svc.domain.discovery import GrantDiscovery, GrantDiscoveryState
from import_svc.domain.session import DiscoveryTally, ImportSession
from koppel.platform.unit_of_work import Repository

_COLUMNS = "grant_id, state, attempts, next_attempt_at, failure, continuation, pages"
_ADD_MISSING = """
insert into grant_discovery (session_id, grant_id, organisation_id, state, next_attempt_at)
select $1, id, organisation_id, 'waiting', $3 from connection_grant
where organisation_id = $4 and connection_id = $2 and state <> 'revoked'
on conflict (session_id, grant_id) do nothing
"""
_DUE = f"""
select {_COLUMNS} from grant_discovery
where session_id = $1 and state = 'waiting' and next_attempt_at <= $2 order by next_attempt_at, grant_id limit $3
"""
_PUT = """
update grant_discovery
set state = given.state, attempts = given.attempts, next_attempt_at = given.next_attempt_at,
    failure = given.failure::jsonb, continuation = given.continuation, pages = given.pages
from unnest($2::uuid[], $3::text[], $4::int[], $5::timestamptz[], $6::text[], $7::text[], $8::int[])
    as given (grant_id, state, attempts, next_attempt_at, failure, continuation, pages)
where session_id = $1 and grant_discovery.grant_id = given.grant_id
"""
_POSTPONE = """
update grant_discovery set next_attempt_at = $2
where session_id = $1 and state = 'waiting' and next_attempt_at < $2
"""
_TALLIES = """
select session.id as session_id,
       count(grant_id) as grants,
       count(*) filter (where state = 'discovered') as discovered,
       count(*) filter (where state = 'failed') as failed,
       coalesce(bool_or(pages > 0), false) as found_some,
       min(next_attempt_at) filter (where state = 'waiting') as next_attempt_at,
       (array_agg(failure order by grant_id) filter (where state = 'failed'))[1] as failure
from unnest($1::uuid[]) as session (id) left join grant_discovery on session_id = session.id
group by session.id
"""
_FAILURES = f"""
select {_COLUMNS} from grant_discovery
where session_id = $1 and failure is not null order by grant_id limit $2
"""


class PostgresDiscoveries(Repository):
    """The `grant_discovery` table."""

    async def add_missing(self, session: ImportSession, now: datetime) -> None:
        await self._connection.execute(
            _ADD_MISSING, session.id, session.connection_id, now, session.organisation_id
        )

    async def due(self, session_id: UUID, now: datetime, limit: int) -> list[GrantDiscovery]:
        return [_discovery(row) for row in await self._connection.fetch(_DUE, session_id, now, limit)]

    async def put(self, session_id: UUID, discoveries: Sequence[GrantDiscovery]) -> None:
        failures = [failure_column(each.failure) for each in discoveries]
        await self._connection.execute(
            _PUT,
            session_id,
            [each.grant_id for each in discoveries],
            [each.state for each in discoveries],
            [each.attempts for each in discoveries],
            [each.next_attempt_at for each in discoveries],
            [None if each is None else orjson.dumps(each).decode() for each in failures],
            [each.continuation for each in discoveries],
            [each.pages for each in discoveries],
        )

    async def postpone(self, session_id: UUID, until: datetime) -> None:
        await self._connection.execute(_POSTPONE, session_id, until)

    async def tally(self, session_id: UUID) -> DiscoveryTally:
        return (await self.tallies([session_id]))[session_id]

    async def tallies(self, session_ids: Sequence[UUID]) -> Mapping[UUID, DiscoveryTally]:
        return {
            row["session_id"]: DiscoveryTally(
                row["grants"],
                row["discovered"],
                row["failed"],
                row["next_attempt_at"],
                failure(row),
                row["found_some"],
            )
            for row in await self._connection.fetch(_TALLIES, session_ids)
        }

    async def failures(self, session_id: UUID, limit: int) -> list[GrantDiscovery]:
        return [_discovery(row) for row in await self._connection.fetch(_FAILURES, session_id, limit)]


def _discovery(row: asyncpg.Record) -> GrantDiscovery:
    return GrantDiscovery(
        row["grant_id"],
        GrantDiscoveryState(row["state"]),
        row["attempts"],
        row["next_attempt_at"],
        failure(row),
        row["continuation"],
        row["pages"],
    )
