"""Rows of `provider_revocation`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from connection_svc.domain.revocation import Revocation
from koppel.platform.unit_of_work import Repository


class PostgresRevocations(Repository):
    """Implements `Revocations`."""

    async def insert(self, revocation: Revocation, due_at: datetime, now: datetime) -> None:
        await self._connection.execute(
            """
            insert into provider_revocation
                (id, organisation_id, subject_id, provider, token_field, token_version, token, next_attempt_at, created_at,
                 region)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            on conflict (id) do nothing
            """,
            revocation.id,
            revocation.organisation_id,
            revocation.subject_id,
            revocation.provider,
            revocation.token_field,
            revocation.token_version,
            revocation.token,
            due_at,
            now,
            revocation.region,
        )

    async def take_back(self, revocation_id: UUID) -> bool:
        taken = await self._connection.fetchval(
            "delete from provider_revocation where id = $1 and attempts = 0 returning true", revocation_id
        )
        return taken is True

    async def reschedule_now(self, revocation_id: UUID, due_at: datetime) -> None:
        await self._connection.execute(
            "update provider_revocation set next_attempt_at = $2 where id = $1 and attempts = 0",
            revocation_id,
            due_at,
        )

    async def claim(
        self, now: datetime, next_at: datetime, limit: int, only: Sequence[UUID] | None = None
    ) -> Sequence[Revocation]:
        rows = await self._connection.fetch(
            """
            update provider_revocation set attempts = attempts + 1, next_attempt_at = $2
            where id in (
                select id from provider_revocation
                where outcome is null and case when $4::uuid[] is null then next_attempt_at <= $1 else id = any($4) end
                order by next_attempt_at limit $3
                for update skip locked
            )
            returning id, organisation_id, subject_id, provider, token_field, token_version, token, attempts, region
            """,
            now,
            next_at,
            limit,
            None if only is None else list(only),
        )
        return [Revocation(**dict(row)) for row in rows]

    async def postpone(self, revocation_id: UUID, until: datetime, code: str) -> None:
        await self._connection.execute(
            "update provider_revocation set next_attempt_at = $2, last_code = $3 where id = $1 and outcome is null",
            revocation_id,
            until,
            code,
        )

    async def end(self, revocation_id: UUID, outcome: str, code: str | None, now: datetime) -> None:
        await self._connection.execute(
            """
            update provider_revocation set outcome = $2, last_code = $3, ended_at = $4, token = null
            where id = $1 and outcome is null
            """,
            revocation_id,
            outcome,
            code,
            now,
        )
