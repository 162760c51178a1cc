"""Keeps the answer to a refresh: journalled, then swapped into the grant, or withdrawn when another one was faster.

Everything here may run twice: an answer whose commit was not heard of, or one that the sweep and its owner store
side by side.
"""

from dataclasses import replace
from datetime import datetime

from pydantic import SecretStr

from connection_svc.application.connection_state import follow_grants
from connection_svc.application.outside import Ports
from connection_svc.application.ports import Transaction
from connection_svc.application.withdraw import TokenOwner, queue_tokens, withdraw_directly
from connection_svc.domain.connection import Tokens
from connection_svc.domain.provider import At
from connection_svc.domain.rotation import Answer, Attempt, answered_tokens


async def store_rotation(
    ports: Ports, attempt: Attempt, answer: Answer, at: At, brought: SecretStr | None
) -> None:
    """Never gives up while the process lives: these tokens exist nowhere else. `brought` is the new refresh token.

    The lease is not asked for. The journal takes one answer a token version, and the compare-and-swap on the
    version lets one winner through; whoever loses leaves its tokens to the job that withdraws them.
    """
    attempt = replace(attempt, answer=answer)

    async def journal(tx: Transaction) -> bool:
        now = tx.now
        taken = await tx.rotations.answer(attempt, answer, now)
        if not taken:
            await _lost(tx, attempt, now)
        return taken

    try:
        taken = await ports.unit_of_work.persist(journal)
    except BaseException:  # the process ends before the database comes back
        if brought is not None:
            await withdraw_directly(
                ports, at, brought, TokenOwner(attempt.organisation_id, "grant", attempt.grant_id)
            )
        raise
    if taken:
        await store_answer(ports, attempt)


async def store_answer(ports: Ports, attempt: Attempt) -> None:
    """Compare-and-swap a journalled answer into the grant."""

    async def work(tx: Transaction) -> None:
        tokens = answered_tokens(attempt)
        if tokens is not None:
            await _swap(tx, attempt, tokens, tx.now)

    await ports.unit_of_work.persist(work)


async def _swap(tx: Transaction, attempt: Attempt, tokens: Tokens, now: datetime) -> None:
    grant = await tx.grants.get(attempt.grant_id)
    connection = None if grant is None else await tx.connections.lock(grant.connection_id)
    swapped = await tx.grants.replace_tokens(attempt.grant_id, tokens)
    was_open = await tx.rotations.close(attempt, "stored" if swapped else "superseded", now)
    if grant is None or connection is None:
        return
    if not swapped:
        if was_open:  # else it is stored, or was withdrawn, already
            await _lost(tx, attempt, now)
        return
    await follow_grants(tx, connection, grant.id, now)
    await tx.audit.record(
        organisation_id=grant.organisation_id,
        actor="service:connection-svc",
        action="token.refreshed",
        target=f"grant/{grant.id}",
    )


async def _lost(tx: Transaction, attempt: Attempt, now: datetime) -> None:
    """Disconnected, logged in again or overtaken while the call was out: it must not live on at the provider."""
    grant = await tx.grants.get(attempt.grant_id)
    if grant is not None:
        await queue_tokens(tx, grant, answered_tokens(attempt), now)
