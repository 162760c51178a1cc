"""One rotation, journalled: intended, answered, stored, and proven when the new token is lent again.

Whoever dies on the way leaves a row that tells the next owner what may have happened:
`intended`: nobody knows whether the package replaced the token, so the stored one is tried once more;
`answered`: the new tokens are in the journal and only have to be stored.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import SecretStr

from connection_svc.application.connection_state import follow_grants
from connection_svc.application.delete_connection import revocation_of
from connection_svc.application.ports import Ports, Transaction
from connection_svc.application.rotation import Answer, Attempt
from connection_svc.domain.connection import Grant, GrantState, ReauthorizationReason, Tokens
from connection_svc.domain.lending import expires_at
from connection_svc.domain.provider import IssuedTokens
from koppel.contracts.connection import ConnectionReauthorizationRequired
from koppel.contracts.values import WhoMustAct
from koppel.kernel.errors import KoppelError, NotFound, Transient
from koppel.kernel.retry import RetryPolicy

_BACK_OFF = RetryPolicy(first=timedelta(seconds=1), longest=timedelta(minutes=1))
_ANSWER_LOST = frozenset(
    {"provider_timeout", "connection_dropped", "provider_bad_answer", "provider_answer_too_large"}
)
"""Failures after which the package may have replaced the token all the same."""


async def rotate_token(ports: Ports, grant_id: UUID, stale_version: int, fence: int) -> None:
    """Replace the tokens of `stale_version`; nothing when they are replaced already. The caller owns the refresh.

    Raises `Transient` when the package cannot do it now; a grant that needs a person is marked, not raised.
    """
    async with ports.unit_of_work.begin(None) as transaction:
        await transaction.rotations.confirm_owner(grant_id, fence)
        grant = await transaction.grants.lock(grant_id)
        if grant is None:
            raise NotFound("grant", grant_id)
        if not _needs(grant, stale_version):
            return
        now = ports.clock.now()
        attempt = await transaction.rotations.intend(grant, now)
        _check_pause(attempt, now)  # raising takes the intent back
    if attempt.answer is None:
        answer = await _ask(ports, grant, attempt, fence)
        if answer is None:
            return
        # The lease is not asked for from here: these tokens exist nowhere else, and the compare-and-swap
        # on the version already lets one winner through.
        attempt = await _journal(ports, attempt, answer)
    await _store(ports, attempt)


def _needs(grant: Grant, stale_version: int) -> bool:
    return (
        grant.state is GrantState.ACTIVE
        and grant.tokens is not None
        and grant.tokens.version == stale_version
    )


async def _ask(ports: Ports, grant: Grant, attempt: Attempt, fence: int) -> Answer | None:
    """The package's answer, sealed; None when a person has to log in again."""
    refresh_token = await _refresh_token(ports, grant)
    if refresh_token is None:
        await _require_login(ports, attempt, fence, ReauthorizationReason.NO_REFRESH_TOKEN)
        return None
    try:
        issued = await ports.providers.refresh(grant.provider, refresh_token)
    except KoppelError as failure:
        if failure.code == "grant_invalid":
            lost = attempt.lost_before
            reason = ReauthorizationReason.ROTATION_LOST if lost else ReauthorizationReason.GRANT_INVALID
            await _require_login(ports, attempt, fence, reason)
            return None
        raise await _withdrawn(ports, attempt, failure) from failure
    return await _seal(ports, grant, issued, refresh_token)


def _check_pause(attempt: Attempt, now: datetime) -> None:
    if attempt.answer is None and attempt.not_before is not None and now < attempt.not_before:
        wait = (attempt.not_before - now).total_seconds()
        raise Transient("refresh_paused", "The package could not refresh a moment ago.", retry_after=wait)


async def _refresh_token(ports: Ports, grant: Grant) -> SecretStr | None:
    tokens = grant.tokens
    if tokens is None or tokens.refresh_token is None:
        return None
    return await ports.vault.unseal(
        grant.organisation_id, grant.id, "refresh_token", tokens.version, tokens.refresh_token
    )


async def _seal(ports: Ports, grant: Grant, issued: IssuedTokens, old: SecretStr) -> Answer:
    """Sealed for the next version; a package that sends no refresh token lets the old one live on."""
    version = (grant.tokens.version if grant.tokens else 0) + 1
    owner, seal, now = grant.organisation_id, ports.vault.seal, ports.clock.now()
    return Answer(
        access_token=await seal(owner, grant.id, "access_token", version, issued.access_token),
        refresh_token=await seal(owner, grant.id, "refresh_token", version, issued.refresh_token or old),
        issued_at=now,
        expires_at=expires_at(now, issued.expires_in),
    )


async def _withdrawn(ports: Ports, attempt: Attempt, failure: KoppelError) -> Transient:
    """Note that it failed, and what to raise: whatever it was, a later call may pass without a person's login."""
    asked = getattr(failure, "retry_after", None)
    pause = _BACK_OFF.delay(attempt.attempts, at_least=asked)
    answered = failure.code not in _ANSWER_LOST
    async with ports.unit_of_work.begin(None) as transaction:
        await transaction.rotations.withdraw(
            attempt, ports.clock.now() + pause, failure.code, answered=answered
        )
    return Transient(failure.code, failure.detail, retry_after=pause.total_seconds())


async def _journal(ports: Ports, attempt: Attempt, answer: Answer) -> Attempt:
    async def work(transaction: Transaction) -> None:
        await transaction.rotations.answer(attempt, answer, ports.clock.now())

    await ports.unit_of_work.persist(work)
    return replace(attempt, answer=answer)


async def _store(ports: Ports, attempt: Attempt) -> None:
    """Compare-and-swap the answer into the grant."""
    answer = attempt.answer
    if answer is None:
        return
    tokens = Tokens(
        version=attempt.from_version + 1,
        access_token=answer.access_token,
        refresh_token=answer.refresh_token,
        issued_at=answer.issued_at,
        expires_at=answer.expires_at,
    )

    async def work(transaction: Transaction) -> None:
        await _swap(transaction, attempt, tokens, ports.clock.now())

    await ports.unit_of_work.persist(work)


async def _swap(transaction: Transaction, attempt: Attempt, tokens: Tokens, now: datetime) -> None:
    grant = await transaction.grants.get(attempt.grant_id)
    connection = None if grant is None else await transaction.connections.lock(grant.connection_id)
    swapped = await transaction.grants.replace_tokens(attempt.grant_id, tokens)
    await transaction.rotations.close(attempt, "stored" if swapped else "superseded", now)
    if grant is None or connection is None:
        return
    if not swapped:
        await _withdraw_unwanted(transaction, grant, tokens, now)
        return
    await follow_grants(transaction, connection, grant.id, now)
    await transaction.audit.record(
        organisation_id=grant.organisation_id,
        actor="service:connection-svc",
        action="token.refreshed",
        target=f"grant/{grant.id}",
    )


async def _withdraw_unwanted(transaction: Transaction, grant: Grant, tokens: Tokens, now: datetime) -> None:
    """Disconnected while the call was out: what it brought must not live on at the package."""
    if grant.state is not GrantState.REVOKED:
        return
    revocation = revocation_of(replace(grant, tokens=tokens))
    if revocation is not None:
        await transaction.revocations.insert(revocation, due_at=now, now=now)


async def _require_login(ports: Ports, attempt: Attempt, fence: int, reason: ReauthorizationReason) -> None:
    """Mark the grant, unless somebody replaced the version that the package refused."""
    now = ports.clock.now()
    async with ports.unit_of_work.begin(None) as transaction:
        await transaction.rotations.confirm_owner(attempt.grant_id, fence)
        found = await transaction.grants.get(attempt.grant_id)
        connection = None if found is None else await transaction.connections.lock(found.connection_id)
        grant = await transaction.grants.lock(attempt.grant_id)
        if grant is None or connection is None or not _needs(grant, attempt.from_version):
            await transaction.rotations.close(attempt, "superseded", now)
            return
        await transaction.grants.require_login(grant.id, reason, now)
        await transaction.rotations.close(attempt, "refused", now)
        await transaction.events.append(
            ConnectionReauthorizationRequired(
                organisation_id=grant.organisation_id,
                connection_id=grant.connection_id,
                provider=grant.provider,
                grant_id=grant.id,
                reason=reason,
                who_must_act=WhoMustAct.CUSTOMER,
                required_at=now,
            )
        )
        await transaction.audit.record(
            organisation_id=grant.organisation_id,
            actor="service:connection-svc",
            action="grant.reauthorization_required",
            target=f"grant/{grant.id}",
            reason=reason,
        )
        await follow_grants(transaction, connection, grant.id, now)
