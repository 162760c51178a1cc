"""The browser comes back from the page that makes keys. The key itself comes in a notice, before the browser or after.

The page binds nothing to a browser: whoever makes another person click the link would get that person's key. So the
one that comes back must be the one that began, and what the notice brought is given up where it is not.
"""

import asyncio
from datetime import timedelta

from connection_svc.application.complete_login import LoginResult
from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.require_login import require_login
from connection_svc.domain.connection import GrantState, ReauthorizationReason
from connection_svc.domain.login import (
    BrowserBinding,
    Callback,
    Ending,
    LoginOutcome,
    LoginRound,
    fingerprint,
    same_browser,
    state_already_used,
    state_unknown,
)

PATIENCE = timedelta(seconds=8)
"""How long a browser that came first waits for the notice."""
_LOOK_AGAIN = timedelta(milliseconds=200)


async def finish_activation(
    ports: Ports, callback: Callback, binding: BrowserBinding, patience: timedelta = PATIENCE
) -> LoginResult:
    """Raises `state_unknown` and `state_already_used`; every other ending belongs on the return URL.

    A round whose notice has not come stays open: it completes the connection when it comes.
    """
    state = fingerprint(callback.state)
    async with ports.unit_of_work.begin(None) as tx:
        login = await tx.logins.consume(state, callback.provider, tx.now)
        if login is None:
            used = await tx.logins.is_used(state, callback.provider)
            raise state_already_used() if used else state_unknown()
        if not same_browser(login, callback.cookies, binding):
            return LoginResult(login, await _given_up(tx, login))
    ending = await _ended(ports, login, patience)
    if ending is None:
        return LoginResult(login, Ending(LoginOutcome.FAILED, "key_awaited"))
    if ending.outcome is LoginOutcome.AUTHORIZED:
        await ports.publication.settled(login.connection_id)
    return LoginResult(login, ending)


async def _ended(ports: Ports, login: LoginRound, patience: timedelta) -> Ending | None:
    give_up = asyncio.get_running_loop().time() + patience.total_seconds()
    while True:
        async with ports.unit_of_work.begin(login.organisation_id) as tx:
            ending = await tx.logins.ending(login.id)
        if ending is not None or asyncio.get_running_loop().time() >= give_up:
            return ending
        await asyncio.sleep(_LOOK_AGAIN.total_seconds())


async def _given_up(tx: Transaction, login: LoginRound) -> Ending:
    refused = Ending(LoginOutcome.FAILED, "browser_mismatch")
    connection = await tx.connections.lock(login.connection_id)
    grant_id = await tx.key_references.grant_of(login.state_sha256)
    await tx.key_references.forget(login.state_sha256)
    grant = None if grant_id is None else await tx.grants.lock(grant_id)
    if connection is not None and grant is not None and grant.state is GrantState.ACTIVE:
        await require_login(tx, connection, grant, ReauthorizationReason.BROWSER_MISMATCH, tx.now)
    await tx.logins.end(login.id, refused.outcome, refused.code, tx.now)
    await tx.audit.record(
        organisation_id=login.organisation_id,
        actor=f"person:{login.started_by}",
        action="login.failed",
        target=f"login/{login.id}",
        reason=refused.code,
    )
    return refused
