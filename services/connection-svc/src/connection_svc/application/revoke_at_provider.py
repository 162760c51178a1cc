"""Withdrawing tokens at their provider: at once where possible, else again later, until it is done or given up."""

import asyncio
import hmac
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from pydantic import SecretStr

from connection_svc.application.outside import Ports
from connection_svc.domain.revocation import Revocation
from koppel.kernel.errors import KoppelError
from koppel.kernel.retry import RetryPolicy

ATTEMPTS = RetryPolicy(
    first=timedelta(seconds=30), longest=timedelta(hours=6), factor=3.0, jitter=0.2, attempts=12
)
"""About two days, so that a provider's long outage does not leave tokens alive."""

_CLAIMED_FOR = timedelta(minutes=2)
_AT_ONCE = 20


async def revoke_now(ports: Ports, revocation_ids: Sequence[UUID]) -> None:
    """Try these once, within `ports.revoke_within` together; what remains is the job's."""
    with suppress(TimeoutError):
        async with asyncio.timeout(ports.revoke_within.total_seconds()):
            await _revoke_claimed(ports, revocation_ids)


async def revoke_due(ports: Ports) -> int:
    """Try what is due; returns how many that were."""
    return await _revoke_claimed(ports, None)


async def _revoke_claimed(ports: Ports, only: Sequence[UUID] | None) -> int:
    async with ports.unit_of_work.begin(None) as tx:
        claimed = await tx.revocations.claim(tx.now, tx.now + _CLAIMED_FOR, _AT_ONCE, only)
    await asyncio.gather(*(_revoke(ports, revocation) for revocation in claimed))
    return len(claimed)


async def _revoke(ports: Ports, revocation: Revocation) -> None:
    try:
        token = await ports.vault.unseal(
            revocation.organisation_id,
            revocation.subject_id,
            revocation.token_field,
            revocation.token_version,
            revocation.token,
        )
        if await _is_lived_by(ports, revocation, token):
            await _end(ports, revocation, "in_use", None)
            return
        whose = (revocation.provider, revocation.organisation_id, revocation.subject_id)
        async with ports.providers.calls(*whose) as calls:
            await calls.revoke(revocation.at, token)
    except KoppelError as failure:
        await _again_later(ports, revocation, failure)
    else:
        await _end(ports, revocation, "revoked", None)


async def _is_lived_by(ports: Ports, revocation: Revocation, token: SecretStr) -> bool:
    """The grant's refresh token is this very one: a provider may give the same again, or none, when it is asked."""
    async with ports.unit_of_work.begin(revocation.organisation_id) as tx:
        grant = await tx.grants.get(revocation.subject_id)
    tokens = None if grant is None else grant.tokens
    if grant is None or tokens is None or tokens.refresh_token is None:
        return False
    lived_by = await ports.vault.unseal(
        grant.organisation_id, grant.id, "refresh_token", tokens.version, tokens.refresh_token
    )
    return hmac.compare_digest(lived_by.get_secret_value().encode(), token.get_secret_value().encode())


async def _again_later(ports: Ports, revocation: Revocation, failure: KoppelError) -> None:
    if ATTEMPTS.exhausted(revocation.attempts):
        await _end(ports, revocation, "given_up", failure.code)
        return
    asked = getattr(failure, "retry_after", None)
    pause = ATTEMPTS.delay(revocation.attempts, at_least=asked)
    async with ports.unit_of_work.begin(revocation.organisation_id) as tx:
        await tx.revocations.postpone(revocation.id, tx.now + pause, failure.code)


async def _end(ports: Ports, revocation: Revocation, outcome: str, code: str | None) -> None:
    async with ports.unit_of_work.begin(revocation.organisation_id) as tx:
        await tx.revocations.end(revocation.id, outcome, code, tx.now)
        await tx.audit.record(
            organisation_id=revocation.organisation_id,
            actor="service:connection-svc",
            action=f"token.revocation_{'done' if outcome == 'revoked' else outcome}",
            target=f"revocation/{revocation.id}",
            reason=code,
        )
