"""Rows of `token_rotation`, the rotation journal."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from connection_svc.domain.connection import Grant
from connection_svc.domain.rotation import Answer, Attempt
from koppel.platform.leases import Lease, confirm
from koppel.platform.unit_of_work import Repository

LEASE = "token_refresh"

# An open row of the same version is a call that failed, or an owner that died: counted on, not replaced.
_INTEND = """
with before as (
    select coalesce(asked_at, intended_at) as asked_at from token_rotation
    where organisation_id = $1 and grant_id = $2 and from_version = $3
)
insert into token_rotation as open (organisation_id, grant_id, from_version, state, intended_at, asked_at)
values ($1, $2, $3, 'intended', $4, $5)
on conflict (organisation_id, grant_id, from_version) do update
    set attempts = open.attempts + (open.state = 'intended')::int,
        unanswered = open.unanswered + (open.state = 'intended')::int,
        intended_at = case when open.state = 'intended' then excluded.intended_at else open.intended_at end,
        asked_at = case when open.state = 'intended' then excluded.asked_at else open.asked_at end
returning state, attempts, unanswered, not_before, (select asked_at from before) as lost_at,
    access_token, refresh_token, token_issued_at, token_expires_at, token_dated_at
"""
_WITHDRAW = """
update token_rotation
set not_before = $4, last_code = $5, unanswered = unanswered - ($6::bool)::int,
    asked_at = case when $6::bool then $7::timestamptz else asked_at end
where organisation_id = $1 and grant_id = $2 and from_version = $3 and state = 'intended'
"""
_ANSWER = """
update token_rotation
set state = 'answered', access_token = $4, refresh_token = $5, token_issued_at = $6, token_expires_at = $7,
    answered_at = $6, token_dated_at = $8
where organisation_id = $1 and grant_id = $2 and from_version = $3 and state in ('intended', 'refused')
returning true
"""
# The time of receipt, to the microsecond, is whose answer a row has or had.
_KEPT = """
select true from token_rotation
where organisation_id = $1 and grant_id = $2 and from_version = $3 and token_issued_at = $4
"""
_CLOSE_OVERTAKEN = """
update token_rotation as open
set state = case when connection_grant.state = 'reauthorization_required'
    and connection_grant.token_version = open.from_version then 'refused' else 'superseded' end
from connection_grant
where connection_grant.id = open.grant_id and open.state = 'intended' and open.intended_at < $1
    and (connection_grant.token_version > open.from_version or connection_grant.state <> 'active')
"""
_CLAIM_LEFT = """
update token_rotation as open set swept_at = $1
where (organisation_id, grant_id, from_version) in (
    select organisation_id, grant_id, from_version from token_rotation
    where (state = 'answered' or state = 'intended' and unanswered > 0 and (not_before is null or not_before <= $1))
        and intended_at < $2 and (swept_at is null or swept_at < $3)
    order by swept_at nulls first limit $4
    for update skip locked
)
returning organisation_id, grant_id, from_version, state, access_token, refresh_token, token_issued_at,
    token_expires_at, token_dated_at
"""
_SHRED = """
with answered as materialized (
    select * from token_rotation where grant_id = any($1::uuid[]) and state in ('intended', 'answered') for update
), shredded as (
    update token_rotation as open set state = 'superseded', access_token = null, refresh_token = null
    from answered
    where (open.organisation_id, open.grant_id, open.from_version)
        = (answered.organisation_id, answered.grant_id, answered.from_version)
)
select * from answered where state = 'answered'
"""
_CLOSE = """
update token_rotation
set state = $4, access_token = null, refresh_token = null,
    stored_at = case when $4 = 'stored' then $5::timestamptz else stored_at end
where organisation_id = $1 and grant_id = $2 and from_version = $3 and state in ('intended', 'answered', 'refused')
returning true
"""


class PostgresRotations(Repository):
    """Implements `Rotations`."""

    async def confirm_owner(self, grant_id: UUID, fence: int) -> None:
        await confirm(self._connection, Lease(LEASE, grant_id, fence, takeovers=0))

    async def intend(self, grant: Grant, now: datetime, asked_at: datetime) -> Attempt:
        if grant.tokens is None:
            raise ValueError("a grant without tokens has nothing to rotate")
        key = (grant.organisation_id, grant.id, grant.tokens.version)
        row = await self._connection.fetchrow(_INTEND, *key, now, asked_at)
        assert row is not None  # noqa: S101  (an upsert without a condition returns its row)
        return Attempt(
            organisation_id=grant.organisation_id,
            grant_id=grant.id,
            from_version=grant.tokens.version,
            lost_before=row["unanswered"] > 1,
            lost_at=row["lost_at"],
            not_before=row["not_before"],
            attempts=row["attempts"],
            answer=_answer(row),
        )

    async def withdraw(self, attempt: Attempt, not_before: datetime, code: str, *, answered: bool) -> None:
        await self._connection.execute(_WITHDRAW, *_key(attempt), not_before, code, answered, attempt.lost_at)

    async def answer(self, attempt: Attempt, answer: Answer, now: datetime) -> bool:
        del now  # the answer's own time is that of its receipt
        kept = await self._connection.fetchval(
            _ANSWER,
            *_key(attempt),
            answer.access_token,
            answer.refresh_token,
            answer.issued_at,
            answer.expires_at,
            answer.dated_at,
        ) or await self._connection.fetchval(_KEPT, *_key(attempt), answer.issued_at)
        return kept is True

    async def close(self, attempt: Attempt, state: str, now: datetime) -> bool:
        return await self._connection.fetchval(_CLOSE, *_key(attempt), state, now) is True

    async def close_overtaken(self, intended_before: datetime) -> None:
        await self._connection.execute(_CLOSE_OVERTAKEN, intended_before)

    async def claim_left(
        self, now: datetime, intended_before: datetime, claimed_before: datetime, limit: int
    ) -> Sequence[Attempt]:
        rows = await self._connection.fetch(_CLAIM_LEFT, now, intended_before, claimed_before, limit)
        return [_attempt(row) for row in rows]

    async def prove(self, grant: Grant, now: datetime) -> None:
        if grant.tokens is not None:
            await self._connection.execute(
                """
                update token_rotation set state = 'proven', proven_at = $4
                where organisation_id = $1 and grant_id = $2 and from_version = $3 and state = 'stored'
                """,
                grant.organisation_id,
                grant.id,
                grant.tokens.version - 1,
                now,
            )

    async def shred(self, grant_ids: Sequence[UUID]) -> Sequence[Attempt]:
        return [_attempt(row) for row in await self._connection.fetch(_SHRED, list(grant_ids))]


def _key(attempt: Attempt) -> tuple[UUID, UUID, int]:
    return attempt.organisation_id, attempt.grant_id, attempt.from_version


def _attempt(row: asyncpg.Record) -> Attempt:
    return Attempt(
        organisation_id=row["organisation_id"],
        grant_id=row["grant_id"],
        from_version=row["from_version"],
        answer=_answer(row),
    )


def _answer(row: asyncpg.Record) -> Answer | None:
    if row["state"] != "answered":
        return None
    return Answer(
        access_token=row["access_token"],
        refresh_token=row["refresh_token"],
        issued_at=row["token_issued_at"],
        expires_at=row["token_expires_at"],
        dated_at=row["token_dated_at"],
    )
