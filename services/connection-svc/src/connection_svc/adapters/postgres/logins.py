"""Rows of `login_round`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from connection_svc.domain.login import Ending, LoginOutcome, LoginRound
from connection_svc.domain.provider import LoginEndpoints
from koppel.platform.unit_of_work import Repository

_COLUMNS = """
id, organisation_id, connection_id, grant_id, provider, return_url, state_sha256, browser_sha256, code_verifier,
endpoints, started_by, started_at, expires_at, outcome
"""
_AT_WORK_FOR = timedelta(minutes=2)
"""A callback that took the round may still be talking to the provider that long."""


class PostgresLogins(Repository):
    """Implements `Logins`."""

    async def insert(self, login: LoginRound) -> None:
        await self._connection.execute(
            f"""
            insert into login_round ({_COLUMNS})
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
            """,
            login.id,
            login.organisation_id,
            login.connection_id,
            login.grant_id,
            login.provider,
            login.return_url,
            login.state_sha256,
            login.browser_sha256,
            login.code_verifier,
            asdict(login.endpoints),
            login.started_by,
            login.started_at,
            login.expires_at,
            login.outcome,
        )

    async def consume(self, state_sha256: bytes, provider: str, now: datetime) -> LoginRound | None:
        row = await self._connection.fetchrow(
            f"""
            update login_round set consumed_at = $3
            where state_sha256 = $1 and provider = $2 and consumed_at is null
            returning {_COLUMNS}
            """,
            state_sha256,
            provider,
            now,
        )
        return None if row is None else _login(row)

    async def find(self, state_sha256: bytes, provider: str) -> LoginRound | None:
        row = await self._connection.fetchrow(
            f"select {_COLUMNS} from login_round where state_sha256 = $1 and provider = $2",
            state_sha256,
            provider,
        )
        return None if row is None else _login(row)

    async def is_used(self, state_sha256: bytes, provider: str) -> bool:
        used = await self._connection.fetchval(
            "select true from login_round where state_sha256 = $1 and provider = $2", state_sha256, provider
        )
        return used is True

    async def end(self, login_id: UUID, outcome: LoginOutcome, code: str | None, now: datetime) -> bool:
        ended = await self._connection.fetchval(
            """
            update login_round set outcome = $2, code = $3, ended_at = $4, code_verifier = null
            where id = $1 and outcome is null returning true
            """,
            login_id,
            outcome,
            code,
            now,
        )
        return ended is True

    async def ending(self, login_id: UUID) -> Ending | None:
        row = await self._connection.fetchrow(
            "select outcome, code from login_round where id = $1 and outcome is not null", login_id
        )
        return None if row is None else Ending(LoginOutcome(row["outcome"]), row["code"])

    async def cancel_of(self, connection_id: UUID, now: datetime) -> None:
        await self._connection.execute(
            """
            update login_round set outcome = 'cancelled', ended_at = $2, code_verifier = null
            where connection_id = $1 and outcome is null
            """,
            connection_id,
            now,
        )

    async def expire(self, now: datetime, limit: int) -> Sequence[LoginRound]:
        rows = await self._connection.fetch(
            f"""
            update login_round set outcome = 'expired', code = 'authorization_expired', ended_at = $1, code_verifier = null
            where id in (
                select id from login_round
                where outcome is null and expires_at <= $1 and (consumed_at is null or consumed_at <= $1 - $3::interval)
                order by expires_at limit $2
                for update skip locked
            )
            returning {_COLUMNS}
            """,
            now,
            limit,
            _AT_WORK_FOR,
        )
        return [_login(row) for row in rows]

    async def purge(self, ended_before: datetime) -> None:
        await self._connection.execute(
            "delete from login_round where outcome is not null and ended_at < $1", ended_before
        )


def _login(row: asyncpg.Record) -> LoginRound:
    return LoginRound(
        id=row["id"],
        organisation_id=row["organisation_id"],
        connection_id=row["connection_id"],
        grant_id=row["grant_id"],
        provider=row["provider"],
        return_url=row["return_url"],
        state_sha256=row["state_sha256"],
        browser_sha256=row["browser_sha256"],
        code_verifier=row["code_verifier"],
        endpoints=LoginEndpoints(**row["endpoints"]),
        started_by=row["started_by"],
        started_at=row["started_at"],
        expires_at=row["expires_at"],
        outcome=LoginOutcome(row["outcome"]) if row["outcome"] else None,
    )
