"""One rotation, journalled: intended, answered, stored, and proven when the new token is issued again.

Whoever dies on the way leaves a row that tells the next owner what may have happened:
`intended`: nobody knows whether the provider replaced the token, so the stored one is tried once more;
`answered`: the new tokens are in the journal and only have to be stored.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr

from connection_svc.application.draw_token_call import draw_token_call
from connection_svc.application.failed_refresh import failed_refresh
from connection_svc.application.outside import Ports, Sealer
from connection_svc.application.ports import Transaction
from connection_svc.application.require_login import require_login
from connection_svc.application.store_rotation import store_answer, store_rotation
from connection_svc.domain.connection import Grant, GrantState, ReauthorizationReason, Tokens
from connection_svc.domain.provider import At, IssuedTokens
from connection_svc.domain.rotation import Answer, Attempt
from connection_svc.domain.token_life import NotYet, expires_at, provider_time, takes_refresh_at
from koppel.kernel.errors import KoppelError, NotFound, Transient
from koppel.providers.failures import IncompleteTokens
from koppel.providers.profile import TokenTiming

_AFTER_A_BROKEN_ANSWER = 30.0
"""Seconds."""


async def rotate_token(ports: Ports, grant_id: UUID, stale_version: int, fence: int) -> None:
    """Replace the tokens of `stale_version`; nothing when they are replaced already. The caller owns the refresh.

    Raises `Transient` when the provider cannot do it now; a grant that needs a person is marked, not raised.
    """
    ready = await _prepare(ports, grant_id, stale_version, fence, None)
    if isinstance(ready, At):
        told = _Told(await ports.providers.time(ready))
        ready = await _prepare(ports, grant_id, stale_version, fence, told)
    if ready is None or isinstance(ready, At):
        return
    if ready.attempt.answer is not None:
        await store_answer(ports, ready.attempt)
        return
    if ready.refresh_token is None:
        await _require_login(ports, ready.attempt, fence, ReauthorizationReason.NO_REFRESH_TOKEN)
        return
    if ready.attempt.lost_before and not ports.providers.timing(ready.grant.provider).retry_lost_answer:
        await _require_login(ports, ready.attempt, fence, ReauthorizationReason.ROTATION_LOST)
        return
    try:
        issued = await _ask(ports, ready, ready.refresh_token, fence)
    except IncompleteTokens as broken:
        # The old access token under the new version, ended: what counts is the refresh token.
        kept = IssuedTokens(ready.access_token, broken.refresh_token, expires_in=0)
        await _keep(ports, ready, kept, ready.refresh_token)
        raise Transient(broken.code, broken.detail, retry_after=_AFTER_A_BROKEN_ANSWER) from None
    if issued is not None:
        await _keep(ports, ready, issued, ready.refresh_token)


async def _keep(ports: Ports, ready: "_Ready", issued: IssuedTokens, old: SecretStr) -> None:
    answer = _sealed(ready, issued, old, ports.clock.now(), ports.providers.timing(ready.grant.provider))
    brought = issued.refresh_token if issued.refresh_token != old else None
    await store_rotation(ports, ready.attempt, answer, ready.grant.at, brought)


@dataclass(frozen=True, slots=True)
class _Ready:
    """All that a call and the keeping of its answer need; from here on only the provider and the journal can fail."""

    grant: Grant
    attempt: Attempt
    access_token: SecretStr
    refresh_token: SecretStr | None
    sealer: Sealer


@dataclass(frozen=True, slots=True)
class _Told:
    """The provider's time, as it said when it was asked."""

    time: datetime | None


async def _prepare(
    ports: Ports, grant_id: UUID, stale_version: int, fence: int, told: _Told | None
) -> _Ready | At | None:
    """What the call needs; None when none is needed; the provider whose clock must be asked first.

    A provider that refuses early refreshes is asked: our clock may have jumped, or be another machine's.
    """
    async with ports.unit_of_work.begin(None) as tx:
        await tx.rotations.confirm_owner(grant_id, fence)
        grant = await tx.grants.lock(grant_id)
        if grant is None:
            raise NotFound("grant", grant_id)
        if grant.tokens is None or not _needs(grant, stale_version):
            return None
        timing = ports.providers.timing(grant.provider)
        if timing.refresh_not_before and told is None:
            return grant.at
        asked_at = provider_time(grant.tokens, ports.clock.now(), told.time if told else None)
        # Before the intent: keys that cannot be read leave no trace of a call that was never made.
        access_token = await _unsealed(ports, grant, "access_token", grant.tokens.access_token)
        sealed = grant.tokens.refresh_token
        refresh_token = sealed and await _unsealed(ports, grant, "refresh_token", sealed)
        sealer = await ports.vault.sealer(grant.organisation_id)
        attempt = await tx.rotations.intend(grant, tx.now, asked_at)
        _check_pause(attempt, tx.now, asked_at)  # raising takes the intent back
        if attempt.answer is None:
            ports.refused_clients.check(grant)
            _check_age(grant.tokens, attempt, timing, asked_at)
            await draw_token_call(ports, tx, grant, asked_at)
    return _Ready(grant, attempt, access_token, refresh_token or None, sealer)


def _needs(grant: Grant, stale_version: int) -> bool:
    return (
        grant.state is GrantState.ACTIVE
        and grant.tokens is not None
        and grant.tokens.version == stale_version
    )


async def _ask(ports: Ports, ready: _Ready, refresh_token: SecretStr, fence: int) -> IssuedTokens | None:
    """The provider's answer; None when a person has to log in again."""
    try:
        grant = ready.grant
        async with ports.providers.calls(grant.provider, grant.organisation_id, grant.id) as calls:
            return await calls.refresh(grant.at, refresh_token)
    except IncompleteTokens:
        raise
    except KoppelError as failure:
        if failure.code == "grant_invalid":
            lost = ready.attempt.lost_before
            reason = ReauthorizationReason.ROTATION_LOST if lost else ReauthorizationReason.GRANT_INVALID
            await _require_login(ports, ready.attempt, fence, reason)
            return None
        raise await failed_refresh(ports, ready.grant, ready.attempt, failure) from failure


def _check_pause(attempt: Attempt, now: datetime, asked_at: datetime) -> None:
    if attempt.answer is None and attempt.not_before is not None and now < attempt.not_before:
        detail = "The provider could not refresh a moment ago."
        raise NotYet("refresh_paused", detail, wait=attempt.not_before - now, asked_at=asked_at)


def _check_age(tokens: Tokens, attempt: Attempt, timing: TokenTiming, asked_at: datetime) -> None:
    """Both times are the provider's."""
    until = takes_refresh_at(tokens, attempt, timing)
    if until is not None and asked_at < until:
        detail = "The provider takes no refresh yet."
        raise NotYet("refresh_paused", detail, wait=until - asked_at, asked_at=asked_at)


async def _unsealed(ports: Ports, grant: Grant, field: str, sealed: bytes) -> SecretStr:
    version = grant.tokens.version if grant.tokens else 0
    return await ports.vault.unseal(grant.organisation_id, grant.id, field, version, sealed)


def _sealed(
    ready: _Ready, issued: IssuedTokens, old: SecretStr, now: datetime, timing: TokenTiming
) -> Answer:
    """For the next version; a provider that sends no refresh token lets the old one live on."""
    version, subject, seal = ready.attempt.from_version + 1, ready.grant.id, ready.sealer.seal
    return Answer(
        access_token=seal(subject, "access_token", version, issued.access_token),
        refresh_token=seal(subject, "refresh_token", version, issued.refresh_token or old),
        issued_at=now,
        expires_at=expires_at(now, issued.expires_in, timing),
        dated_at=issued.dated_at,
    )


async def _require_login(ports: Ports, attempt: Attempt, fence: int, reason: ReauthorizationReason) -> None:
    """Mark the grant, unless somebody replaced the version that the provider refused."""

    async def work(tx: Transaction) -> None:
        now = tx.now
        await tx.rotations.confirm_owner(attempt.grant_id, fence)
        found = await tx.grants.get(attempt.grant_id)
        connection = None if found is None else await tx.connections.lock(found.connection_id)
        grant = await tx.grants.lock(attempt.grant_id)
        if grant is None or connection is None or grant.state is GrantState.REAUTHORIZATION_REQUIRED:
            return
        needed = _needs(grant, attempt.from_version)
        await tx.rotations.close(attempt, "refused" if needed else "superseded", now)
        if needed:
            await require_login(tx, connection, grant, reason, now)

    await ports.unit_of_work.persist(work)
