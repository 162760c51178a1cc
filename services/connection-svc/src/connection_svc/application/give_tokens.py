"""Where a provider keeps one login a person, a login that is refused has ended the tokens of the grant that had it.

So the new tokens go to that grant, if they reach all that it serves; else somebody has to log in for it. Nobody learns
of it whose grant it is not.
"""

from uuid import UUID

from connection_svc.application.connection_state import follow_grants
from connection_svc.application.login_result import Brought, sealed_tokens
from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.require_login import require_login
from connection_svc.domain.connection import Connection, Grant, GrantState, ReauthorizationReason
from connection_svc.domain.served import not_reached
from koppel.contracts.connection import ConnectionAuthorized


def ended_since(ports: Ports, holder: Grant, brought: Brought) -> bool:
    """Whether the new tokens are dead: a later login of the same person was stored before them. By the provider's clock."""
    ours, theirs = brought.tokens.dated_at, holder.tokens.dated_at if holder.tokens else None
    if ours is None or theirs is None or holder.state is not GrantState.ACTIVE:
        return False
    return ours < theirs and ports.providers.timing(holder.provider).one_chain_per_login


async def give_or_take(ports: Ports, tx: Transaction, holder: Grant, brought: Brought, pending: UUID) -> bool:
    """The holder, which is locked, goes on with the new tokens, or needs a login; whether it got them. It keeps later ones.

    `pending` is the withdrawal that the tokens wait for.
    """
    connection = await tx.connections.lock(holder.connection_id)
    if connection is None or ended_since(ports, holder, brought):
        return False
    if await _reaches_all(tx, holder, brought) and await tx.revocations.take_back(pending):
        await _give(ports, tx, holder, brought)
        await _tell(tx, connection, holder)
        return True
    if holder.state is GrantState.ACTIVE:
        await require_login(tx, connection, holder, ReauthorizationReason.LOGIN_TAKEN_ELSEWHERE, tx.now)
    return False


async def _reaches_all(tx: Transaction, holder: Grant, brought: Brought) -> bool:
    if brought.reached is None or holder.organisation_id not in brought.sealers:
        return False
    return not not_reached(await tx.served.of_grant(holder.id), brought.reached)


async def _give(ports: Ports, tx: Transaction, holder: Grant, brought: Brought) -> None:
    """Its former tokens are dead by then, so none is withdrawn."""
    tokens = sealed_tokens(
        ports,
        brought.tokens,
        brought.sealers[holder.organisation_id],
        grant_id=holder.id,
        provider=holder.provider,
        version=holder.tokens.version + 1 if holder.tokens else 1,
    )
    await tx.grants.replace_tokens(holder.id, tokens)


async def _tell(tx: Transaction, connection: Connection, holder: Grant) -> None:
    if holder.state is not GrantState.ACTIVE:
        await tx.events.append(_authorized(tx, connection, holder))
    await tx.audit.record(
        organisation_id=holder.organisation_id,
        actor="service:connection-svc",
        action="grant.tokens_replaced",
        target=f"grant/{holder.id}",
        reason="logged_in_again",
    )
    await follow_grants(tx, connection, holder.id, tx.now)


def _authorized(tx: Transaction, connection: Connection, holder: Grant) -> ConnectionAuthorized:
    """As it was authorised before: who logged in now may be another organisation's."""
    return ConnectionAuthorized(
        organisation_id=holder.organisation_id,
        connection_id=connection.id,
        provider=holder.provider,
        grant_id=holder.id,
        company=holder.company,
        scopes=holder.scopes,
        authorized_by=holder.authorized_by,
        authorized_at=tx.now,
    )
