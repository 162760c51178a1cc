"""Starting a login at the provider: state, PKCE and the browser's cookie are made, the URL is built."""

import secrets
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import SecretStr

from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.domain.connection import Connection, ConnectionState, GrantState
from connection_svc.domain.login import LOGIN_LASTS, SECRET_BYTES, LoginRound, code_challenge, fingerprint
from koppel.kernel.errors import FieldError, InvalidInput, NotFound
from koppel.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class StartedLogin:
    """Where to send the browser, and the cookie that has to come back with it."""

    login: LoginRound
    authorization_url: str = field(repr=False)
    browser: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginRequest:
    """What a person asked: `return_url` is checked before; `grant_id` renews that grant."""

    return_url: str
    by: UUID
    grant_id: UUID | None = None


async def authorize_connection(
    ports: Ports, tx: Transaction, connection_id: UUID, request: LoginRequest
) -> tuple[Connection, StartedLogin]:
    """One more login round. Raises `connection_not_found`, and `grant_not_found` for the field."""
    connection = await tx.connections.lock(connection_id)
    if connection is None or connection.state is ConnectionState.DELETED:
        raise NotFound("connection", connection_id)
    if request.grant_id is not None:
        grant = await tx.grants.get(request.grant_id)
        if grant is None or grant.connection_id != connection_id or grant.state is GrantState.REVOKED:
            raise InvalidInput(
                "grant_not_found",
                "The connection has no such grant.",
                [FieldError("/grant_id", "no grant of this connection")],
            )
    return connection, await start_login(ports, tx, connection, request)


async def start_login(
    ports: Ports, tx: Transaction, connection: Connection, request: LoginRequest
) -> StartedLogin:
    """Record a login round of an existing connection; the caller has locked or made the connection.

    Raises `credentials_required`.
    """
    provider = ports.providers.describe(connection.provider)
    if provider.fields is not None and not provider.has_activation:
        raise InvalidInput(
            "credentials_required",
            "This provider gives keys; paste one.",
            [FieldError("/credentials", "required")],
        )
    state, verifier, browser = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(3))
    if provider.has_activation:
        state = await ports.fingerprints.sign(state)
    login_id, now, owner = new_id(), tx.now, connection.organisation_id
    endpoints = ports.providers.endpoints(connection.at)
    login = LoginRound(
        id=login_id,
        organisation_id=owner,
        connection_id=connection.id,
        grant_id=request.grant_id,
        provider=connection.provider,
        return_url=request.return_url,
        state_sha256=fingerprint(state),
        browser_sha256=fingerprint(browser),
        code_verifier=await ports.vault.seal(owner, login_id, "code_verifier", 1, SecretStr(verifier)),
        endpoints=endpoints,
        started_by=str(request.by),
        started_at=now,
        expires_at=now + LOGIN_LASTS,
    )
    await tx.logins.insert(login)
    await tx.audit.record(
        organisation_id=owner,
        actor=f"person:{request.by}",
        action="login.started",
        target=f"login/{login_id}",
    )
    if provider.has_activation:
        url = ports.providers.activation_url(connection.at, reference=state)
        return StartedLogin(login, url, browser)
    url = ports.providers.authorization_url(
        connection.provider, endpoints, state=state, code_challenge=code_challenge(verifier)
    )
    return StartedLogin(login, url, browser)
