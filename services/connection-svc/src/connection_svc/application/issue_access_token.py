"""Issuing a grant's access token to another service, refreshed first when it is about to end."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import SecretStr

from connection_svc.application.outside import Ports
from connection_svc.application.refresh_token import TokenRefresher
from connection_svc.domain.connection import Grant, GrantState, Tokens
from connection_svc.domain.token_life import ASK_AGAIN, Demand, NotYet, holds_until, is_alive, is_fresh
from koppel.kernel.errors import Conflict, NotFound, Transient
from koppel.ports.access_token import AccessToken
from koppel.providers.profile import TokenTiming


@dataclass(frozen=True, slots=True)
class Claim:
    """Whose token is asked for: the grant must be the organisation's."""

    organisation_id: UUID
    grant_id: UUID


class Condition(StrEnum):
    """The condition under which a stored token is issued without a refresh."""

    FRESH = "fresh"
    ALIVE = "alive"
    ANY = "any"

    def met_by(self, tokens: Tokens, asked: "_Asked", timing: TokenTiming, now: datetime) -> bool:
        match self:
            case Condition.FRESH:
                return is_fresh(tokens, asked.demand, timing, now)
            case Condition.ALIVE:
                return is_alive(tokens, now, asked.there)
            case Condition.ANY:
                return True


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, and whose provider it is for."""

    token: AccessToken
    provider: str


async def issue_access_token(
    ports: Ports, refresher: TokenRefresher, claim: Claim, demand: Demand, *, service: str
) -> Issued:
    """Raises `grant_not_found` (also for another organisation's), `reauthorization_required`, `connection_revoked`, or a `Transient`."""
    asked = _Asked(claim, demand, service)
    issued = await _issue_stored(ports, asked, Condition.FRESH)
    if isinstance(issued, int):
        issued = await _issue_refreshed(ports, refresher, asked, issued)
    if isinstance(issued, int):
        raise Transient("refresh_in_progress", "The token is being refreshed; try again.", retry_after=1)
    return issued


@dataclass(frozen=True, slots=True)
class _Asked:
    """`there` is what time it is at the provider, when it was asked."""

    claim: Claim
    demand: Demand
    service: str
    there: datetime | None = None


async def _issue_refreshed(
    ports: Ports, refresher: TokenRefresher, asked: _Asked, stale_version: int
) -> Issued | int:
    """After a refresh; what is stored, while it holds, when the refresh must wait or fails."""
    try:
        await refresher.refresh(asked.claim.grant_id, stale_version)
    except Transient as waiting:
        there = waiting.asked_at if isinstance(waiting, NotYet) else None
        alive = await _issue_stored(ports, replace(asked, there=there), Condition.ALIVE)
        if isinstance(alive, int):
            raise
        return alive
    return await _issue_stored(ports, asked, Condition.ANY)


async def _issue_stored(ports: Ports, asked: _Asked, condition: Condition) -> Issued | int:
    """The stored token, or its version when it does not meet the condition.

    The audit row stands before the token leaves: no row, no token.
    """
    claim, demand = asked.claim, asked.demand
    async with ports.unit_of_work.begin(claim.organisation_id) as tx:
        grant = await tx.grants.get(claim.grant_id)
        if grant is None or grant.organisation_id != claim.organisation_id:
            raise NotFound("grant", claim.grant_id)
        tokens, now = issuable(grant), tx.now
        token = await ports.vault.unseal(
            grant.organisation_id, grant.id, "access_token", tokens.version, tokens.access_token
        )
        if not condition.met_by(tokens, asked, ports.providers.timing(grant.provider), now) or (
            condition is not Condition.ANY and _is_rejected(token, demand)
        ):
            return tokens.version
        if condition is Condition.FRESH:
            # Asked for again and not complained of: the token works, the ones before it are history.
            await tx.rotations.prove(grant, now)
        await tx.audit.record(
            organisation_id=grant.organisation_id,
            actor=f"service:{asked.service}",
            action="access_token.lent",
            target=f"grant/{grant.id}",
        )
    end = holds_until(tokens, now, asked.there) or now + ASK_AGAIN
    return Issued(_usable(ports, grant, token, end), grant.provider)


def _usable(ports: Ports, grant: Grant, token: SecretStr, end: datetime) -> AccessToken:
    return AccessToken(
        token.get_secret_value(),
        ports.providers.endpoints(grant.at).api_base_url,
        end,
        ports.providers.headers(grant.provider),
        None if grant.company is None else grant.company.external_id,
    )


def issuable(grant: Grant) -> Tokens:
    """The tokens of a grant that works. Raises a `Conflict` that says why it does not."""
    if grant.state is GrantState.REVOKED or grant.tokens is None:
        raise Conflict("connection_revoked", "The connection was removed; its tokens are gone.")
    if grant.state is GrantState.REAUTHORIZATION_REQUIRED:
        raise Conflict("reauthorization_required", "A person has to log in at the provider again.")
    return grant.tokens


def _is_rejected(token: SecretStr, demand: Demand) -> bool:
    """The provider refused the very token that we would issue."""
    digest = hashlib.sha256(token.get_secret_value().encode()).digest()
    return demand.rejected_token_sha256 is not None and hmac.compare_digest(
        digest, demand.rejected_token_sha256
    )
