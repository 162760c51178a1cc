"""The second half of a login: the grant, its tokens, its events and its audit in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from connection_svc.application.connection_state import follow_grants
from connection_svc.application.give_tokens import ended_since, give_or_take
from connection_svc.application.login_result import Brought, sealed_tokens
from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.withdraw import queue_tokens
from connection_svc.domain.connection import Connection, ConnectionState, Grant, GrantState
from connection_svc.domain.login import Ending, LoginOutcome, LoginRound
from connection_svc.domain.provider import At
from connection_svc.domain.served import not_reached
from koppel.contracts.connection import ConnectionAuthorized
from koppel.kernel.ids import new_id

_BY_OTHERS = (LoginOutcome.EXPIRED, LoginOutcome.CANCELLED)


class Owner(Protocol):
    """Whose grant it becomes: a login round, or who pasted a key."""

    @property
    def organisation_id(self) -> UUID: ...
    @property
    def connection_id(self) -> UUID: ...
    @property
    def at(self) -> At: ...
    @property
    def started_by(self) -> str: ...


@dataclass(frozen=True, slots=True)
class StoredLogin:
    """How the round ended; `unwanted` are revocations of tokens that must not live on at the provider."""

    ending: Ending
    unwanted: Sequence[UUID] = ()


async def store_grant(
    ports: Ports, tx: Transaction, login: LoginRound, brought: Brought, pending: UUID
) -> StoredLogin:
    """Store what the login brought, or refuse it: too late, connection deleted meanwhile, another company or person,
    administrations that it does not reach.

    May be repeated after a commit whose answer was lost. `pending` is the withdrawal that its tokens wait for.
    """
    connection = await tx.connections.lock(login.connection_id)
    holder = await _holder(tx, login, brought)
    target = await _target(tx, login, brought, holder)
    refused = brought.refused or _refusal(login, connection, target, brought, holder)
    refused = refused or await _missing(tx, target, brought)
    if refused is None and holder is not None and ended_since(ports, holder, brought):
        refused = _too_late()
    ending = refused or Ending(LoginOutcome.AUTHORIZED)
    if not await tx.logins.end(login.id, ending.outcome, ending.code, tx.now):
        ended = await tx.logins.ending(login.id)
        if ended is not None and ended.outcome not in _BY_OTHERS:
            return StoredLogin(ended)
        refused = refused or _too_late()
    if refused is None and not await tx.revocations.take_back(pending):
        refused = _too_late()
    if refused is None and connection is not None:
        await store(ports, tx, login, brought, target)
        return StoredLogin(ending)
    kept = holder is not None and await give_or_take(ports, tx, holder, brought, pending)
    return await _refuse(tx, login, refused or ending, pending, kept=kept)


def _too_late() -> Ending:
    return Ending(LoginOutcome.EXPIRED, "authorization_expired")


async def store(ports: Ports, tx: Transaction, owner: Owner, brought: Brought, target: Grant | None) -> Grant:
    """A new grant, or a new login of `target`; told and audited. The caller has locked the connection."""
    grant = _grant(ports, owner, brought, target)
    connection = await tx.connections.lock(grant.connection_id)
    if connection is None:
        raise ValueError("a grant belongs to a connection")
    await (tx.grants.insert(grant) if target is None else tx.grants.renew(grant))
    if target is not None:
        await queue_tokens(tx, target, target.tokens, grant.authorized_at)
    await _announce(tx, connection, grant, renewed=target is not None)
    return grant


async def _holder(tx: Transaction, login: LoginRound, brought: Brought) -> Grant | None:
    """The grant whose tokens the provider has ended by this login, in whatever organisation."""
    fingerprint = brought.login and brought.login.fingerprint
    found = None if not fingerprint else await tx.grants.of_login(login.provider, fingerprint)
    if found is None:
        return None
    await tx.connections.lock(found.connection_id)
    holder = await tx.grants.lock(found.id)
    return None if holder is None or holder.state is GrantState.REVOKED else holder


async def _target(tx: Transaction, login: LoginRound, brought: Brought, holder: Grant | None) -> Grant | None:
    """The grant to renew: the one that was asked for, else the one of the same person or company."""
    if login.grant_id is not None:
        return holder if holder and holder.id == login.grant_id else await tx.grants.lock(login.grant_id)
    if holder is not None and holder.organisation_id == login.organisation_id:
        return holder
    if brought.company is not None:
        return await tx.grants.of_company(login.connection_id, brought.company.external_id)
    return None


def _refusal(
    login: LoginRound,
    connection: Connection | None,
    target: Grant | None,
    brought: Brought,
    holder: Grant | None,
) -> Ending | None:
    if connection is None or connection.state is ConnectionState.DELETED:
        return Ending(LoginOutcome.FAILED, "connection_deleted")
    if holder is not None and holder.organisation_id != login.organisation_id:
        return Ending(LoginOutcome.FAILED, "login_in_use")
    if login.grant_id is None:
        return None
    company = brought.company and brought.company.external_id
    wanted = target and target.company and target.company.external_id
    # A silent switch would put another company's books under the administration's name.
    if company != wanted:
        return Ending(LoginOutcome.FAILED, "company_mismatch")
    known = target and target.login
    if (known and not known.is_same(brought.login)) or (holder is not None and holder is not target):
        return Ending(LoginOutcome.FAILED, "login_mismatch")
    return None


async def _missing(tx: Transaction, target: Grant | None, brought: Brought) -> Ending | None:
    """A login that leaves out what its grant serves would stop it in silence."""
    if target is None:
        return None
    missing = not_reached(await tx.served.of_grant(target.id), brought.reached or ())
    return Ending(LoginOutcome.FAILED, "administrations_missing", missing) if missing else None


async def _refuse(
    tx: Transaction, login: LoginRound, ending: Ending, pending: UUID, *, kept: bool
) -> StoredLogin:
    if not kept:
        await tx.revocations.reschedule_now(pending, tx.now)
    await tx.audit.record(
        organisation_id=login.organisation_id,
        actor=f"person:{login.started_by}",
        action="login.refused",
        target=f"login/{login.id}",
        reason=ending.code,
    )
    return StoredLogin(ending, () if kept else (pending,))


def _grant(ports: Ports, owner: Owner, brought: Brought, target: Grant | None) -> Grant:
    now, issued = ports.clock.now(), brought.tokens
    grant_id = target.id if target else new_id()
    version = target.tokens.version + 1 if target and target.tokens else 1
    tokens = sealed_tokens(
        ports, issued, brought.sealer, grant_id=grant_id, provider=owner.at.provider, version=version
    )
    grant = Grant(
        id=grant_id,
        organisation_id=owner.organisation_id,
        connection_id=target.connection_id if target else owner.connection_id,
        provider=owner.at.provider,
        state=target.moved(GrantState.ACTIVE) if target else GrantState.ACTIVE,
        state_since=now,
        company=brought.company,
        scopes=issued.scopes,
        authorized_by=owner.started_by,
        authorized_at=now,
        tokens=tokens,
        region=owner.at.region,
        login=brought.login,
    )
    was_active = target is not None and target.state is GrantState.ACTIVE
    return replace(grant, state_since=target.state_since) if target and was_active else grant


async def _announce(tx: Transaction, connection: Connection, grant: Grant, *, renewed: bool) -> None:
    await tx.events.append(
        ConnectionAuthorized(
            organisation_id=grant.organisation_id,
            connection_id=connection.id,
            provider=connection.provider,
            grant_id=grant.id,
            company=grant.company,
            scopes=grant.scopes,
            authorized_by=grant.authorized_by,
            authorized_at=grant.authorized_at,
        )
    )
    await tx.audit.record(
        organisation_id=grant.organisation_id,
        actor=f"person:{grant.authorized_by}",
        action="grant.renewed" if renewed else "grant.authorized",
        target=f"grant/{grant.id}",
    )
    await follow_grants(tx, connection, grant.id, grant.authorized_at)
