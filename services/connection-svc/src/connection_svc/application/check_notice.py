"""A notice of a key proves nothing: what counts is what the provider says of the key that came with it.

A made key completes the login round of its reference, once. A replaced key takes the place of the grant's when it
opens the same company. After a deleted one the provider is asked for a token; a former key hurts nobody.
"""

import asyncio
import hmac
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import orjson

from connection_svc.application.connect_by_key import KeyOwner, Pasted, check_key, renewed_grant
from connection_svc.application.login_result import Brought
from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.application.store_grant import store
from connection_svc.domain.connection import Connection, ConnectionState, Grant, GrantState
from connection_svc.domain.key_notice import ATTEMPTS, KEPT_FOR, StoredNotice
from connection_svc.domain.login import Ending, LoginOutcome, LoginRound
from koppel.kernel.errors import Conflict, KoppelError, Transient

NOTICE_FIELD = "noticed_key"
FOLLOWED = "followed"
_STILL_TAKEN = "key_still_taken"
"""A provider may not know yet of its own notice, so a deleted key is tried again."""
_CLAIMED_FOR = timedelta(minutes=2)
_AT_ONCE = 20


async def check_now(ports: Ports, refresher: TokenRefresher, notice_id: UUID) -> None:
    """Check this one, unless another process does."""
    await _check_claimed(ports, refresher, notice_id)


async def check_due(ports: Ports, refresher: TokenRefresher) -> int:
    """Check what a dead process left or the provider could not say before; returns how many that were."""
    checked = await _check_claimed(ports, refresher, None)
    async with ports.unit_of_work.begin(None) as tx:
        await tx.key_notices.purge(tx.now - KEPT_FOR)
    return checked


async def _check_claimed(ports: Ports, refresher: TokenRefresher, only: UUID | None) -> int:
    async with ports.unit_of_work.begin(None) as tx:
        claimed = await tx.key_notices.claim(tx.now, tx.now + _CLAIMED_FOR, _AT_ONCE, only)
    await asyncio.gather(*(_check(ports, refresher, notice) for notice in claimed))
    return len(claimed)


async def _check(ports: Ports, refresher: TokenRefresher, notice: StoredNotice) -> None:
    wait: float | None = None
    try:
        outcome = await _followed(ports, refresher, notice)
        is_over = outcome != _STILL_TAKEN
    except Transient as failure:
        outcome, wait, is_over = failure.code, failure.retry_after, False
    except KoppelError as refused:
        outcome, is_over = refused.code, True
    if outcome == FOLLOWED:
        return
    async with ports.unit_of_work.begin(notice.organisation_id) as tx:
        if is_over or ATTEMPTS.exhausted(notice.attempts):
            await _end(tx, notice, outcome)
        else:
            pause = ATTEMPTS.delay(notice.attempts, at_least=wait)
            await tx.key_notices.postpone(notice.id, tx.now + pause, outcome)


async def _end(tx: Transaction, notice: StoredNotice, outcome: str) -> None:
    await tx.key_notices.end(notice.id, outcome, tx.now)
    await tx.audit.record(
        organisation_id=notice.organisation_id,
        actor="service:connection-svc",
        action=f"key_notice.{'followed' if outcome == FOLLOWED else 'refused'}",
        target=f"key_notice/{notice.id}",
        reason=None if outcome == FOLLOWED else outcome,
    )


async def _followed(ports: Ports, refresher: TokenRefresher, notice: StoredNotice) -> str:
    """`FOLLOWED`, or the code of why not. Raises what `check_key` and a refresh do."""
    sealed = await ports.vault.unseal(notice.organisation_id, notice.id, NOTICE_FIELD, 1, notice.key)
    key: Mapping[str, str] = orjson.loads(sealed.get_secret_value())
    if notice.action == "created":
        return await _made(ports, notice, key)
    async with ports.unit_of_work.begin(notice.organisation_id) as tx:
        grant_id = await tx.key_references.grant_of(notice.reference_sha256)
        grant = None if grant_id is None else await tx.grants.get(grant_id)
    if grant is None or grant.state is GrantState.REVOKED:
        return "grant_unknown"
    if notice.action == "replaced":
        return await _replaced(ports, notice, grant, key)
    return await _deleted(ports, refresher, notice, grant, key)


async def _made(ports: Ports, notice: StoredNotice, key: Mapping[str, str]) -> str:
    async with ports.unit_of_work.begin(notice.organisation_id) as tx:
        login = await tx.logins.find(notice.reference_sha256, notice.provider)
    if login is None or login.outcome is not None or login.expires_at <= notice.received_at:
        return "login_over"
    pasted = Pasted(organisation_id=login.organisation_id, at=login.at, by=None, grant_id=login.grant_id)
    brought = await check_key(ports, pasted, key)
    async with ports.unit_of_work.begin(notice.organisation_id) as tx:
        connection = await _usable(tx, login.connection_id)
        if connection is None:
            return "connection_deleted"
        return await _complete(ports, tx, connection, (notice, login, pasted, brought))


async def _complete(
    ports: Ports,
    tx: Transaction,
    connection: Connection,
    came: tuple[StoredNotice, LoginRound, Pasted, Brought],
) -> str:
    notice, login, pasted, brought = came
    target, ending = None, Ending(LoginOutcome.AUTHORIZED)
    try:
        target = await renewed_grant(tx, connection, pasted, brought)
    except KoppelError as refused:
        ending = Ending(LoginOutcome.FAILED, refused.code)
    if not await tx.logins.end(login.id, ending.outcome, ending.code, tx.now):
        return "login_over"
    if ending.code is not None:
        return ending.code
    grant = await store(ports, tx, login, brought, target)
    await tx.key_references.keep(notice.reference_sha256, grant.id, tx.now)
    await _end(tx, notice, FOLLOWED)
    return FOLLOWED


async def _replaced(ports: Ports, notice: StoredNotice, grant: Grant, key: Mapping[str, str]) -> str:
    pasted = Pasted(organisation_id=grant.organisation_id, at=grant.at, by=None, grant_id=grant.id)
    brought = await check_key(ports, pasted, key)
    async with ports.unit_of_work.begin(notice.organisation_id) as tx:
        connection = await _usable(tx, grant.connection_id)
        if connection is None:
            return "connection_deleted"
        if not await tx.key_notices.is_latest(notice):
            return "overtaken"
        target = await renewed_grant(tx, connection, pasted, brought)
        owner = KeyOwner(
            organisation_id=grant.organisation_id,
            connection_id=connection.id,
            at=grant.at,
            started_by=grant.authorized_by,
        )
        await store(ports, tx, owner, brought, target)
        await _end(tx, notice, FOLLOWED)
    return FOLLOWED


async def _deleted(
    ports: Ports, refresher: TokenRefresher, notice: StoredNotice, grant: Grant, key: Mapping[str, str]
) -> str:
    if grant.tokens is None or not await _lives_by(ports, grant, key):
        return "key_replaced"
    with suppress(Conflict):  # a person is asked already
        await refresher.refresh(grant.id, grant.tokens.version)
    async with ports.unit_of_work.begin(notice.organisation_id) as tx:
        now = await tx.grants.get(grant.id)
        if now is not None and now.state is GrantState.ACTIVE:
            return _STILL_TAKEN
        await _end(tx, notice, FOLLOWED)
    return FOLLOWED


async def _usable(tx: Transaction, connection_id: UUID) -> Connection | None:
    connection = await tx.connections.lock(connection_id)
    return None if connection is None or connection.state is ConnectionState.DELETED else connection


async def _lives_by(ports: Ports, grant: Grant, key: Mapping[str, str]) -> bool:
    tokens = grant.tokens
    if tokens is None or tokens.refresh_token is None:
        return False
    kept = await ports.vault.unseal(
        grant.organisation_id, grant.id, "refresh_token", tokens.version, tokens.refresh_token
    )
    told = orjson.dumps({name: text.strip() for name, text in key.items()})
    return hmac.compare_digest(kept.get_secret_value().encode(), told)
