"""Withdraws tokens that must not stay valid at their provider: by the job, or at once where nothing can be stored."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr

from connection_svc.application.outside import Ports, Sealer
from connection_svc.application.ports import Transaction
from connection_svc.domain.connection import Grant, Tokens
from connection_svc.domain.login import LoginRound
from connection_svc.domain.provider import At, IssuedTokens
from connection_svc.domain.revocation import Revocation
from koppel.kernel.errors import KoppelError
from koppel.kernel.ids import new_id

log = logging.getLogger(__name__)

_FIELD = "unwanted_token"


def revocation_of(grant: Grant, tokens: Tokens | None) -> Revocation | None:
    """What to withdraw: the refresh token, which ends its access tokens too (RFC 7009 §2.1), else the access token."""
    if tokens is None:
        return None
    refresh = tokens.refresh_token
    return Revocation(
        id=new_id(),
        organisation_id=grant.organisation_id,
        subject_id=grant.id,
        provider=grant.provider,
        token_field="refresh_token" if refresh is not None else "access_token",
        token_version=tokens.version,
        token=refresh if refresh is not None else tokens.access_token,
        region=grant.region,
    )


def unwanted(login: LoginRound, tokens: IssuedTokens, sealer: Sealer) -> Revocation:
    """The same of what a login brought that is kept nowhere."""
    return Revocation(
        id=new_id(),
        organisation_id=login.organisation_id,
        subject_id=login.id,
        provider=login.provider,
        token_field=_FIELD,
        token_version=1,
        token=sealer.seal(login.id, _FIELD, 1, longest_lived(tokens)),
        region=login.at.region,
    )


def longest_lived(tokens: IssuedTokens) -> SecretStr:
    """The token whose end ends the others."""
    return tokens.refresh_token or tokens.access_token


async def queue_tokens(tx: Transaction, grant: Grant, tokens: Tokens | None, now: datetime) -> None:
    """Leave a grant's former or unwanted tokens to the job."""
    revocation = revocation_of(grant, tokens)
    if revocation is not None:
        await tx.revocations.insert(revocation, due_at=now, now=now)


@dataclass(frozen=True, slots=True)
class TokenOwner:
    """Whose token it is: a login's or a grant's."""

    organisation_id: UUID
    kind: str
    id: UUID

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


async def withdraw_directly(ports: Ports, at: At, token: SecretStr, owner: TokenOwner) -> None:
    """Best effort where nothing can be stored: one call, with its result in the log."""
    try:
        async with asyncio.timeout(ports.revoke_within.total_seconds()):
            async with ports.providers.calls(at.provider, owner.organisation_id, owner.id) as calls:
                await calls.revoke(at, token)
    except (KoppelError, TimeoutError) as failure:
        log.error("a token of %s could be neither stored nor withdrawn: %s", owner, failure)  # noqa: TRY400  (a code)
    else:
        log.warning("a token of %s could not be stored and was withdrawn", owner)
