"""Rows of `connection_grant`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from connection_svc.domain.connection import Grant, GrantState, LoginIdentity, Tokens, Trouble
from koppel.contracts.connection import Company
from koppel.contracts.values import WhoMustAct
from koppel.platform.unit_of_work import Repository

GRANT_COLUMNS = """
id, organisation_id, connection_id, provider, state, state_since, reason, who_must_act, external_id, company_name,
scopes, authorized_by, authorized_at, token_version, access_token, refresh_token, token_issued_at, token_expires_at,
token_dated_at, trouble_code, trouble_since, region, login_place, login_subject, login_hash
"""


class PostgresGrants(Repository):
    """Implements `Grants`."""

    async def get(self, grant_id: UUID) -> Grant | None:
        return await self._one("where id = $1", grant_id)

    async def lock(self, grant_id: UUID) -> Grant | None:
        return await self._one("where id = $1 for update", grant_id)

    async def of_company(self, connection_id: UUID, external_id: str) -> Grant | None:
        return await self._one(
            "where connection_id = $1 and external_id = $2 for update", connection_id, external_id
        )

    async def of_login(self, provider: str, fingerprint: bytes) -> Grant | None:
        return await self._one(
            "where provider = $1 and login_hash = $2 and state <> 'revoked'", provider, fingerprint
        )

    async def of_connections(self, connection_ids: Sequence[UUID]) -> Sequence[Grant]:
        rows = await self._connection.fetch(
            f"select {GRANT_COLUMNS} from connection_grant where connection_id = any($1::uuid[]) order by id",
            list(connection_ids),
        )
        return [grant_from(row) for row in rows]

    async def insert(self, grant: Grant) -> None:
        await self._connection.execute(
            f"""
            insert into connection_grant ({GRANT_COLUMNS})
            values ($1, $2, $3, $4, $5, $6, null, null, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                $17, null, null, $18, $19, $20, $21)
            """,
            grant.id,
            grant.organisation_id,
            grant.connection_id,
            grant.provider,
            grant.state,
            grant.state_since,
            *_brought(grant),
            grant.region,
            *_login(grant),
        )

    async def renew(self, grant: Grant) -> None:
        await self._connection.execute(
            """
            update connection_grant
            set state = 'active', state_since = $2, reason = null, who_must_act = null,
                external_id = $3, company_name = $4, scopes = $5, authorized_by = $6, authorized_at = $7,
                token_version = $8, access_token = $9, refresh_token = $10, token_issued_at = $11, token_expires_at = $12,
                token_dated_at = $13, trouble_code = null, trouble_since = null,
                login_place = $14, login_subject = $15, login_hash = $16
            where id = $1
            """,
            grant.id,
            grant.state_since,
            *_brought(grant),
            *_login(grant),
        )

    async def replace_tokens(self, grant_id: UUID, tokens: Tokens) -> bool:
        swapped = await self._connection.fetchval(
            """
            update connection_grant
            set state_since = case when state = 'active' then state_since else $6 end,
                state = 'active', reason = null, who_must_act = null,
                token_version = $2, access_token = $3, refresh_token = $4, token_issued_at = $5, token_expires_at = $7,
                token_dated_at = $8, trouble_code = null, trouble_since = null
            where id = $1 and token_version = $2 - 1 and state <> 'revoked'
            returning true
            """,
            grant_id,
            tokens.version,
            tokens.access_token,
            tokens.refresh_token,
            tokens.issued_at,
            tokens.issued_at,
            tokens.expires_at,
            tokens.dated_at,
        )
        return swapped is True

    async def require_login(self, grant_id: UUID, reason: str, since: datetime) -> None:
        await self._connection.execute(
            """
            update connection_grant
            set state = 'reauthorization_required', state_since = $3, reason = $2, who_must_act = 'customer'
            where id = $1
            """,
            grant_id,
            reason,
            since,
        )

    async def note_trouble(self, grant_id: UUID, trouble: Trouble) -> None:
        await self._connection.execute(
            """
            update connection_grant set trouble_code = $2, trouble_since = coalesce(trouble_since, $3)
            where id = $1 and state = 'active'
            """,
            grant_id,
            trouble.code,
            trouble.since,
        )

    async def troubled(self, codes: Collection[str], now: datetime, limit: int) -> Sequence[Grant]:
        rows = await self._connection.fetch(
            f"""
            select {GRANT_COLUMNS} from connection_grant
            where state = 'active' and trouble_code = any($1::text[]) and not exists (
                select from token_rotation
                where grant_id = connection_grant.id and from_version = token_version and not_before > $2
            )
            order by trouble_since limit $3
            """,
            list(codes),
            now,
            limit,
        )
        return [grant_from(row) for row in rows]

    async def idle(
        self, provider: str, issued_before: datetime, now: datetime, limit: int
    ) -> Sequence[Grant]:
        rows = await self._connection.fetch(
            f"""
            select {GRANT_COLUMNS} from connection_grant
            where provider = $1 and state = 'active' and token_issued_at < $2 and not exists (
                select from token_rotation
                where grant_id = connection_grant.id and from_version = token_version and not_before > $3
            )
            order by token_issued_at limit $4
            """,
            provider,
            issued_before,
            now,
            limit,
        )
        return [grant_from(row) for row in rows]

    async def revoke(self, connection_id: UUID, since: datetime) -> Sequence[Grant]:
        grants = [
            grant_from(row)
            for row in await self._connection.fetch(
                f"select {GRANT_COLUMNS} from connection_grant where connection_id = $1 order by id for update",
                connection_id,
            )
        ]
        await self._connection.execute(
            """
            update connection_grant
            set state = 'revoked', state_since = $2, access_token = null, refresh_token = null
            where connection_id = $1 and state <> 'revoked'
            """,
            connection_id,
            since,
        )
        return grants

    async def count(self, state: GrantState) -> int:
        found = await self._connection.fetchval(
            "select count(*) from connection_grant where state = $1", state
        )
        return int(found or 0)

    async def count_troubled(self, codes: Collection[str]) -> dict[str, int]:
        rows = await self._connection.fetch(
            "select provider, count(*) as grants from connection_grant "
            "where state = 'active' and trouble_code = any($1::text[]) group by provider",
            list(codes),
        )
        return {row["provider"]: row["grants"] for row in rows}

    async def _one(self, where: str, *values: object) -> Grant | None:
        row = await self._connection.fetchrow(
            f"select {GRANT_COLUMNS} from connection_grant {where}", *values
        )
        return None if row is None else grant_from(row)


def _brought(grant: Grant) -> tuple[object, ...]:
    """What a login brings, in the order of the columns from `external_id` on."""
    tokens = grant.tokens
    if tokens is None:
        raise ValueError("a grant is written with its tokens")
    return (
        grant.company and grant.company.external_id,
        grant.company and grant.company.name,
        list(grant.scopes),
        grant.authorized_by,
        grant.authorized_at,
        tokens.version,
        tokens.access_token,
        tokens.refresh_token,
        tokens.issued_at,
        tokens.expires_at,
        tokens.dated_at,
    )


def grant_from(row: asyncpg.Record) -> Grant:
    """A row of `connection_grant`."""
    external_id = row["external_id"]
    return Grant(
        id=row["id"],
        organisation_id=row["organisation_id"],
        connection_id=row["connection_id"],
        provider=row["provider"],
        state=GrantState(row["state"]),
        state_since=row["state_since"],
        reason=row["reason"],
        who_must_act=WhoMustAct(row["who_must_act"]) if row["who_must_act"] else None,
        company=None if external_id is None else Company(external_id=external_id, name=row["company_name"]),
        scopes=tuple(row["scopes"]),
        authorized_by=row["authorized_by"],
        authorized_at=row["authorized_at"],
        tokens=_tokens(row),
        region=row["region"],
        login=_identity(row),
        trouble=Trouble(row["trouble_code"], row["trouble_since"]) if row["trouble_code"] else None,
    )


def _login(grant: Grant) -> tuple[object, ...]:
    login = grant.login
    return (None, None, None) if login is None else (login.place, login.subject, login.fingerprint)


def _identity(row: asyncpg.Record) -> LoginIdentity | None:
    if row["login_place"] is None:
        return None
    return LoginIdentity(row["login_place"], row["login_subject"], row["login_hash"])


def _tokens(row: asyncpg.Record) -> Tokens | None:
    if row["access_token"] is None:
        return None
    return Tokens(
        version=row["token_version"],
        access_token=row["access_token"],
        refresh_token=row["refresh_token"],
        issued_at=row["token_issued_at"],
        expires_at=row["token_expires_at"],
        dated_at=row["token_dated_at"],
    )
