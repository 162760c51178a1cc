"""What a provider tells of a key, unsigned: it proves nothing and only starts a check with the key that came.

A notice counts for the reference of an activation link, which only the person's browser and the provider know.
"""

import hmac
from dataclasses import dataclass

import orjson
from pydantic import SecretStr

from connection_svc.application.connect_by_key import Pasted, check_key
from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.application.store_grant import store
from connection_svc.application.what_login_brought import Brought
from connection_svc.domain.connection import ConnectionState, Grant, GrantState
from connection_svc.domain.login import LoginOutcome, LoginRound, fingerprint
from connection_svc.domain.provider import KeyNotice
from koppel.kernel.errors import KoppelError


@dataclass(frozen=True, slots=True)
class Noticed:
    """A notice that names a login round of ours."""

    login: LoginRound
    notice: KeyNotice


async def known_notice(ports: Ports, provider: str, body: bytes) -> Noticed | None:
    """The notice, when it can be read and its reference is ours; else nothing happens."""
    try:
        notice = ports.providers.key_notice(provider, body)
    except KoppelError:
        return None
    async with ports.unit_of_work.begin(None) as tx:
        login = await tx.logins.find(fingerprint(notice.reference.get_secret_value()), provider)
    return None if login is None else Noticed(login, notice)


async def act_on(ports: Ports, refresher: TokenRefresher, noticed: Noticed) -> None:
    """Raises what the provider's failures are; nothing is stored then."""
    login, action = noticed.login, noticed.notice.action
    if action == "created" and login.outcome is None and login.expires_at > ports.clock.now():
        await _store(ports, noticed, first=True)
    elif action == "replaced" and login.outcome is LoginOutcome.AUTHORIZED:
        await _store(ports, noticed, first=False)
    elif action == "deleted" and login.outcome is LoginOutcome.AUTHORIZED:
        await _look_again(ports, refresher, noticed)


async def _store(ports: Ports, noticed: Noticed, *, first: bool) -> None:
    login = noticed.login
    pasted = Pasted(organisation_id=login.organisation_id, at=login.at, by=None, grant_id=login.grant_id)
    values = {name: secret.get_secret_value() for name, secret in noticed.notice.key.items()}
    brought = await check_key(ports, pasted, values)
    async with ports.unit_of_work.begin(None) as tx:
        connection = await tx.connections.lock(login.connection_id)
        if connection is None or connection.state is ConnectionState.DELETED:
            return
        target = await _target(tx, login, brought)
        if target is None and not first:  # another company than the one that was connected
            return
        if first and not await tx.logins.end(login.id, LoginOutcome.AUTHORIZED, None, tx.now):
            return
        await store(ports, tx, login, brought, target)


async def _target(tx: Transaction, login: LoginRound, brought: Brought) -> Grant | None:
    if brought.company is None:
        return None
    found = await tx.grants.of_company(login.connection_id, brought.company.external_id)
    return None if found is None or found.state is GrantState.REVOKED else found


async def _look_again(ports: Ports, refresher: TokenRefresher, noticed: Noticed) -> None:
    """A grant that lives by the key is refreshed: the provider says whether it is gone. A former key hurts nobody."""
    async with ports.unit_of_work.begin(None) as tx:
        grants = await tx.grants.of_connections([noticed.login.connection_id])
    for grant in grants:
        if grant.tokens is not None and await _lives_by(ports, grant, noticed.notice):
            await refresher.refresh(grant.id, grant.tokens.version)


async def _lives_by(ports: Ports, grant: Grant, notice: KeyNotice) -> bool:
    tokens = grant.tokens
    if tokens is None or tokens.refresh_token is None:
        return False
    kept: SecretStr = await ports.vault.unseal(
        grant.organisation_id, grant.id, "refresh_token", tokens.version, tokens.refresh_token
    )
    told = {name: secret.get_secret_value().strip() for name, secret in notice.key.items()}
    return hmac.compare_digest(kept.get_secret_value().encode(), orjson.dumps(told))
