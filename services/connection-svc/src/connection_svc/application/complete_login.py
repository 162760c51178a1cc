"""The package sends the browser back: use the state once, swap the code for tokens, store the grant.

Two transactions with the package's calls between them. A crash in between leaves a used round without a grant,
which expires like one that was never finished.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from pydantic import SecretStr

from connection_svc.application.ports import Ports, Transaction
from connection_svc.application.revoke_at_provider import revoke_now
from connection_svc.application.store_grant import store_grant
from connection_svc.domain.login import (
    BrowserBinding,
    Callback,
    Ending,
    LoginOutcome,
    LoginRound,
    fingerprint,
    refusal,
    state_already_used,
    state_unknown,
)
from connection_svc.domain.provider import IssuedTokens
from koppel.contracts.connection import AuthorizationExpired, Company
from koppel.kernel.errors import KoppelError


@dataclass(frozen=True, slots=True)
class LoginResult:
    """A round that came back, and how it ended; for its return URL."""

    login: LoginRound
    ending: Ending


async def complete_login(ports: Ports, callback: Callback, binding: BrowserBinding) -> LoginResult:
    """Raises `state_unknown` and `state_already_used`; every other ending belongs on the return URL."""
    login, ending = await _consume(ports, callback, binding)
    if ending is None:
        ending = await _redeem(ports, login, callback)
    return LoginResult(login, ending)


async def _consume(
    ports: Ports, callback: Callback, binding: BrowserBinding
) -> tuple[LoginRound, Ending | None]:
    now, state = ports.clock.now(), fingerprint(callback.state)
    async with ports.unit_of_work.begin(None) as transaction:
        login = await transaction.logins.consume(state, callback.provider, now)
        if login is None:
            used = await transaction.logins.is_used(state, callback.provider)
            raise state_already_used() if used else state_unknown()
        ending = refusal(login, callback, binding, now)
        if ending is None and callback.error is not None:
            ending = Ending(LoginOutcome.FAILED, ports.providers.callback_error(callback.error))
        if ending is not None:
            await _end(transaction, login, ending, ports)
    return login, ending


async def _end(transaction: Transaction, login: LoginRound, ending: Ending, ports: Ports) -> None:
    now = ports.clock.now()
    if not await transaction.logins.end(login.id, ending.outcome, ending.code, now):
        return
    if ending.outcome is LoginOutcome.EXPIRED:
        await transaction.events.append(expired(login))
    await transaction.audit.record(
        organisation_id=login.organisation_id,
        actor=f"person:{login.started_by}",
        action=f"login.{ending.outcome}",
        target=f"login/{login.id}",
        reason=ending.code,
    )


def expired(login: LoginRound) -> AuthorizationExpired:
    """The fact that a round was not finished in time."""
    return AuthorizationExpired(
        organisation_id=login.organisation_id,
        connection_id=login.connection_id,
        provider=login.provider,
        authorization_id=login.id,
        expired_at=login.expires_at,
    )


async def _redeem(ports: Ports, login: LoginRound, callback: Callback) -> Ending:
    try:
        tokens, company = await _tokens(ports, login, callback.code or "")
    except KoppelError as failure:
        ending = Ending(LoginOutcome.FAILED, failure.code)
        async with ports.unit_of_work.begin(login.organisation_id) as transaction:
            await _end(transaction, login, ending, ports)
        return ending
    async with ports.unit_of_work.begin(login.organisation_id) as transaction:
        stored = await store_grant(ports, transaction, login, tokens, company)
    if stored.unwanted:
        await revoke_now(ports, stored.unwanted)
    # Whoever follows the redirect should find the other services informed already.
    await ports.publication.settled(login.connection_id)
    return stored.ending


async def _tokens(ports: Ports, login: LoginRound, code: str) -> tuple[IssuedTokens, Company | None]:
    verifier = await ports.vault.unseal(
        login.organisation_id, login.id, "code_verifier", 1, login.code_verifier or b""
    )
    tokens = await ports.providers.exchange_code(
        login.provider, login.endpoints, code=code, verifier=verifier
    )
    try:
        company = await ports.providers.company(login.provider, login.endpoints, tokens.access_token)
    except KoppelError:
        await _withdraw(ports, login, tokens)
        raise
    return tokens, company


async def _withdraw(ports: Ports, login: LoginRound, tokens: IssuedTokens) -> None:
    """A login whose company is unknown is kept nowhere, so it should not live on at the package either."""
    token: SecretStr = tokens.refresh_token or tokens.access_token
    with suppress(KoppelError, TimeoutError):
        async with asyncio.timeout(ports.revoke_within.total_seconds()):
            await ports.providers.revoke(login.provider, token)
