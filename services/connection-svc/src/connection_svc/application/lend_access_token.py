"""Lending a grant's access token to another service, refreshed first when it is about to end."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import SecretStr

from connection_svc.application.outside import Ports
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.domain.connection import Grant, GrantState, Tokens
from connection_svc.domain.lending import Demand, is_fresh
from koppel.kernel.errors import Conflict, NotFound, Transient


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose token is asked for: the grant must be the organisation's."""

    organisation_id: UUID
    grant_id: UUID


@dataclass(frozen=True, slots=True)
class Loan:
    """A token and where it may be used."""

    access_token: SecretStr
    expires_at: datetime
    api_base_url: str
    provider: str


async def lend_access_token(
    ports: Ports, refresher: TokenRefresher, claim: Claim, demand: Demand, *, borrower: str
) -> Loan:
    """Raises `grant_not_found` (also for another organisation's), `reauthorization_required`, `connection_revoked`, or a `Transient`."""
    loan = await _lend_stored(ports, claim, demand, borrower)
    if isinstance(loan, int):
        await refresher.refresh(claim.grant_id, loan)
        loan = await _lend_stored(ports, claim, None, borrower)
    if isinstance(loan, int):
        raise Transient("refresh_in_progress", "The token is being refreshed; try again.", retry_after=1)
    return loan


async def _lend_stored(ports: Ports, claim: Claim, demand: Demand | None, borrower: str) -> Loan | int:
    """The stored token, or its version when it has to be refreshed first; without a demand whatever is stored.

    The audit row stands before the token leaves: no row, no token.
    """
    async with ports.unit_of_work.begin(claim.organisation_id) as tx:
        grant = await tx.grants.get(claim.grant_id)
        if grant is None or grant.organisation_id != claim.organisation_id:
            raise NotFound("grant", claim.grant_id)
        tokens, now = lendable(grant), tx.now
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
            actor=f"service:{borrower}",
            action="access_token.lent",
            target=f"grant/{grant.id}",
        )
    return Loan(
        token, tokens.expires_at, ports.providers.endpoints(grant.provider).api_base_url, grant.provider
    )


def lendable(grant: Grant) -> Tokens:
    """The tokens of a grant that works. Raises a `Conflict` that says why it does not."""
    if grant.state is GrantState.REVOKED or grant.tokens is None:
        raise Conflict("connection_revoked", "The connection was removed; its tokens are gone.")
    if grant.state is GrantState.REAUTHORIZATION_REQUIRED:
        raise Conflict("reauthorization_required", "A person has to log in at the package again.")
    return grant.tokens


def _is_rejected(token: SecretStr, demand: Demand) -> bool:
    """The package refused the very token that we would lend."""
    digest = hashlib.sha256(token.get_secret_value().encode()).digest()
    return demand.rejected_token_sha256 is not None and hmac.compare_digest(
        digest, demand.rejected_token_sha256
    )
