"""Rows of `key_notice` and `key_reference`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from connection_svc.domain.key_notice import MOST_OF_A_REFERENCE, StoredNotice
from koppel.platform.unit_of_work import Repository

_COLUMNS = "id, organisation_id, provider, reference_sha256, action, told_hash, key, received_at, attempts"


class PostgresKeyNotices(Repository):
    """Implements `KeyNotices`."""

    async def insert(self, notice: StoredNotice) -> bool:
        inserted = await self._connection.fetchval(
            f"""
            insert into key_notice ({_COLUMNS}, next_attempt_at)
            select $1, $2, $3, $4, $5, $6, $7, $8, $9, $8
            where (select count(*) from key_notice where reference_sha256 = $4) < {MOST_OF_A_REFERENCE}
            on conflict (reference_sha256, told_hash) do nothing
            returning true
            """,
            notice.id,
            notice.organisation_id,
            notice.provider,
            notice.reference_sha256,
            notice.action,
            notice.told_hash,
            notice.key,
            notice.received_at,
            notice.attempts,
        )
        return inserted is True

    async def claim(
        self, now: datetime, next_at: datetime, limit: int, only: UUID | None = None
    ) -> Sequence[StoredNotice]:
        rows = await self._connection.fetch(
            f"""
            update key_notice set attempts = attempts + 1, next_attempt_at = $2
            where id in (
                select id from key_notice
                where outcome is null and next_attempt_at <= $1 and ($4::uuid is null or id = $4)
                order by next_attempt_at limit $3
                for update skip locked
            )
            returning {_COLUMNS}
            """,
            now,
            next_at,
            limit,
            only,
        )
        return [StoredNotice(**dict(row)) for row in rows]

    async def is_latest(self, notice: StoredNotice) -> bool:
        later = await self._connection.fetchval(
            """
            select true from key_notice
            where reference_sha256 = $1 and id > $2 and outcome = 'followed' limit 1
            """,
            notice.reference_sha256,
            notice.id,
        )
        return later is None

    async def postpone(self, notice_id: UUID, until: datetime, code: str) -> None:
        await self._connection.execute(
            "update key_notice set next_attempt_at = $2, last_code = $3 where id = $1 and outcome is null",
            notice_id,
            until,
            code,
        )

    async def end(self, notice_id: UUID, outcome: str, now: datetime) -> None:
        await self._connection.execute(
            "update key_notice set outcome = $2, ended_at = $3, key = null where id = $1 and outcome is null",
            notice_id,
            outcome,
            now,
        )

    async def purge(self, ended_before: datetime) -> None:
        await self._connection.execute(
            "delete from key_notice where outcome is not null and ended_at < $1", ended_before
        )


class PostgresKeyReferences(Repository):
    """Implements `KeyReferences`."""

    async def keep(self, reference_sha256: bytes, grant_id: UUID, now: datetime) -> None:
        await self._connection.execute(
            """
            insert into key_reference (reference_sha256, organisation_id, grant_id, created_at)
            select $1, organisation_id, id, $3 from connection_grant where id = $2
            on conflict (reference_sha256) do nothing
            """,
            reference_sha256,
            grant_id,
            now,
        )

    async def forget(self, reference_sha256: bytes) -> None:
        await self._connection.execute(
            "delete from key_reference where reference_sha256 = $1", reference_sha256
        )

    async def grant_of(self, reference_sha256: bytes) -> UUID | None:
        found: UUID | None = await self._connection.fetchval(
            "select grant_id from key_reference where reference_sha256 = $1", reference_sha256
        )
        return found

    async def organisation_of(self, reference_sha256: bytes) -> UUID | None:
        found: UUID | None = await self._connection.fetchval(
            "select organisation_id from key_reference where reference_sha256 = $1", reference_sha256
        )
        return found
