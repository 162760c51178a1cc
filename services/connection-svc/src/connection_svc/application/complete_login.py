"""The provider sends the browser back: use the state once, swap the code for tokens, store the grant.

Two transactions with the provider's calls between them. A crash in between leaves a used round without a grant,
which expires like one that was never finished. Once the provider has given tokens they are kept or withdrawn.
"""

from dataclasses import dataclass
from datetime import timedelta

from connection_svc.application.draw_token_call import draw_for_login
from connection_svc.application.login_result import ask_what_it_brought
from connection_svc.application.outside import Ports, ProviderCalls, Sealer
from connection_svc.application.ports import Transaction
from connection_svc.application.revoke_at_provider import revoke_now
from connection_svc.application.store_grant import StoredLogin, store_grant
from connection_svc.application.withdraw import TokenOwner, longest_lived, unwanted, withdraw_directly
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
from koppel.contracts.connection import AuthorizationExpired
from koppel.kernel.errors import KoppelError
from koppel.providers.failures import IncompleteTokens

_ON_THE_WAY = timedelta(minutes=2)
"""What a provider says of a login takes less."""


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
    state = fingerprint(callback.state)
    async with ports.unit_of_work.begin(None) as tx:
        login = await tx.logins.consume(state, callback.provider, tx.now)
        if login is None:
            used = await tx.logins.is_used(state, callback.provider)
            raise state_already_used() if used else state_unknown()
        ending = refusal(login, callback, binding, tx.now)
        if ending is None and callback.error is not None:
            ending = Ending(LoginOutcome.FAILED, ports.providers.callback_error(callback.error))
        if ending is not None:
            await _end(tx, login, ending)
    return login, ending


async def _end(tx: Transaction, login: LoginRound, ending: Ending) -> None:
    if not await tx.logins.end(login.id, ending.outcome, ending.code, tx.now):
        return
    if ending.outcome is LoginOutcome.EXPIRED:
        await tx.events.append(expired(login))
    await tx.audit.record(
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
    whose = login.grant_id or login.connection_id
    try:
        permitted = ports.providers.calls(login.provider, login.organisation_id, whose)
    except KoppelError as failure:
        return await _failed(ports, login, failure)
    async with permitted as calls:
        return await _redeem_by(ports, calls, login, callback)


async def _redeem_by(ports: Ports, calls: ProviderCalls, login: LoginRound, callback: Callback) -> Ending:
    try:
        # Without a call left the code is not used up: the person logs in again when there is one.
        await calls.reserve(renews=login.grant_id is not None)
        # Before the exchange: after it, only the provider or the database may still fail before the tokens are stored.
        sealer = await ports.vault.sealer(login.organisation_id)
        drawn = await draw_for_login(ports, login)
        issued = await _exchange(ports, calls, login, callback.code or "")
    except KoppelError as failure:
        return await _failed(ports, login, failure)
    ports.refused_clients.forget(login.at)
    try:
        stored = await _keep(ports, calls, login, issued, sealer, drawn=drawn)
    except BaseException:  # the process ends before the database comes back, or we are at fault
        await withdraw_directly(ports, login.at, longest_lived(issued), _owner(login))
        raise
    if stored.unwanted:
        await revoke_now(ports, stored.unwanted)
    # When the browser follows the redirect, the other services should have the events already.
    await ports.publication.settled(login.connection_id)
    return stored.ending


def _owner(login: LoginRound) -> TokenOwner:
    return TokenOwner(login.organisation_id, "login", login.id)


async def _failed(ports: Ports, login: LoginRound, failure: KoppelError) -> Ending:
    ending = Ending(LoginOutcome.FAILED, failure.code, retry_after=getattr(failure, "retry_after", None))
    async with ports.unit_of_work.begin(login.organisation_id) as tx:
        await _end(tx, login, ending)
    return ending


async def _exchange(ports: Ports, calls: ProviderCalls, login: LoginRound, code: str) -> IssuedTokens:
    verifier = await ports.vault.unseal(
        login.organisation_id, login.id, "code_verifier", 1, login.code_verifier or b""
    )
    try:
        return await calls.exchange_code(login.endpoints, code=code, verifier=verifier)
    except IncompleteTokens as broken:
        await withdraw_directly(ports, login.at, broken.refresh_token, _owner(login))
        raise


async def _keep(
    ports: Ports,
    calls: ProviderCalls,
    login: LoginRound,
    issued: IssuedTokens,
    sealer: Sealer,
    *,
    drawn: bytes | None,
) -> StoredLogin:
    """In the grant, or, where that cannot be, in the list of what is withdrawn at the provider.

    They stand on that list from the start: whoever dies on the way leaves tokens that are withdrawn.
    """
    pending = unwanted(login, issued, sealer)

    async def note(tx: Transaction) -> None:
        await tx.revocations.insert(pending, due_at=tx.now + _ON_THE_WAY, now=tx.now)

    await ports.unit_of_work.persist(note)
    brought = await ask_what_it_brought(ports, calls, login, issued, sealer, drawn=drawn)

    async def store(tx: Transaction) -> StoredLogin:
        return await store_grant(ports, tx, login, brought, pending.id)

    return await ports.unit_of_work.persist(store)
