"""Issuing a grant's access token to another service, refreshed first when it is about to end."""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from pydantic import SecretStr

from connection_svc.application.outside import Ports
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.domain.connection import Grant, GrantState, Tokens
from connection_svc.domain.token_life import Demand, is_fresh
from koppel.kernel.errors import Conflict, NotFound, Transient
from koppel.ports.access_token import AccessToken


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose token is asked for: the grant must be the organisation's."""

    organisation_id: UUID
    grant_id: UUID


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, and whose package it is for."""

    token: AccessToken
    provider: str


async def issue_access_token(
    ports: Ports, refresher: TokenRefresher, claim: Claim, demand: Demand, *, service: str
) -> Issued:
    """Raises `grant_not_found` (also for another organisation's), `reauthorization_required`, `connection_revoked`, or a `Transient`."""
    issued = await _issue_stored(ports, claim, demand, service)
    if isinstance(issued, int):
        await refresher.refresh(claim.grant_id, issued)
        issued = await _issue_stored(ports, claim, None, service)
    if isinstance(issued, int):
        raise Transient("refresh_in_progress", "The token is being refreshed; try again.", retry_after=1)
    return issued


async def _issue_stored(ports: Ports, claim: Claim, demand: Demand | None, service: str) -> Issued | int:
    """The stored token, or its version when it has to be refreshed first; without a demand whatever is stored.

    The audit row stands before the token leaves: no row, no token.
    """
    async with ports.unit_of_work.begin(claim.organisation_id) as tx:
        grant = await tx.grants.get(claim.grant_id)
        if grant is None or grant.organisation_id != claim.organisation_id:
            raise NotFound("grant", claim.grant_id)
        tokens, now = issuable(grant), tx.now
        token = await ports.vault.unseal(
            grant.organisation_id, grant.id, "access_token", tokens.version, tokens.access_token
        )
        if demand is not None:
            if not is_fresh(tokens, demand, now) or _is_rejected(token, demand):
                return tokens.version
            # Asked for again and not complained of: the token works, the ones before it are history.
            await tx.rotations.prove(grant, now)
        await tx.audit.record(
            organisation_id=grant.organisation_id,
            actor=f"service:{service}",
            action="access_token.lent",
            target=f"grant/{grant.id}",
        )
    api_base_url = ports.providers.endpoints(grant.provider).api_base_url
    return Issued(AccessToken(token.get_secret_value(), api_base_url, tokens.expires_at), grant.provider)


def issuable(grant: Grant) -> Tokens:
    """The tokens of a grant that works. Raises a `Conflict` that says why it does not."""
    if grant.state is GrantState.REVOKED or grant.tokens is None:
        raise Conflict("connection_revoked", "The connection was removed; its tokens are gone.")
    if grant.state is GrantState.REAUTHORIZATION_REQUIRED:
        raise Conflict("reauthorization_required", "A person has to log in at the package again.")
    return grant.tokens


def _is_rejected(token: SecretStr, demand: Demand) -> bool:
    """The package refused the very token that we would issue."""
    digest = hashlib.sha256(token.get_secret_value().encode()).digest()
    return demand.rejected_token_sha256 is not None and hmac.compare_digest(
        digest, demand.rejected_token_sha256
    )
