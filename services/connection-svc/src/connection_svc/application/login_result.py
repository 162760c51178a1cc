"""What a login brought, asked of the provider with its tokens, and these as a grant keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from connection_svc.application.draw_token_call import note_token_call
from connection_svc.application.outside import Ports, ProviderCalls, Sealer
from connection_svc.application.ports import Transaction
from connection_svc.domain.connection import LoginIdentity, Tokens
from connection_svc.domain.login import Ending, LoginOutcome, LoginRound
from connection_svc.domain.provider import IssuedTokens
from connection_svc.domain.token_life import expires_at
from koppel.contracts.connection import Company
from koppel.kernel.errors import KoppelError


@dataclass(frozen=True, slots=True)
class Brought:
    """Tokens, their company, how to seal them, who it was; `refused` when the provider refused more.

    `reached` are the companies that the login reaches, of those that were asked for; None: nobody could ask.
    `sealers` are by organisation: the one that logged in, and the one whose grant has the login.
    """

    tokens: IssuedTokens
    company: Company | None
    sealer: Sealer
    refused: Ending | None = None
    login: LoginIdentity | None = None
    reached: frozenset[str] | None = None
    sealers: Mapping[UUID, Sealer] = field(default_factory=dict)


def sealed_tokens(
    ports: Ports, issued: IssuedTokens, sealer: Sealer, *, grant_id: UUID, provider: str, version: int
) -> Tokens:
    """As that version of the grant's tokens."""
    now, refresh = ports.clock.now(), issued.refresh_token
    return Tokens(
        version=version,
        access_token=sealer.seal(grant_id, "access_token", version, issued.access_token),
        refresh_token=sealer.seal(grant_id, "refresh_token", version, refresh) if refresh else None,
        issued_at=now,
        expires_at=expires_at(now, issued.expires_in, ports.providers.timing(provider)),
        dated_at=issued.dated_at,
    )


async def ask_what_it_brought(
    ports: Ports,
    calls: ProviderCalls,
    login: LoginRound,
    issued: IssuedTokens,
    sealer: Sealer,
    *,
    drawn: bytes | None,
) -> Brought:
    """A refusal of the provider's is among it, since the tokens are there all the same.

    `drawn` is whose token call the exchange was counted as.
    """
    brought = Brought(issued, None, sealer, sealers={login.organisation_id: sealer})
    try:
        # Whose login it is comes first: its former tokens may be dead, whatever else the provider refuses to say.
        brought = replace(brought, login=await _identity(ports, calls, login, issued, drawn))
        company = await calls.company(login.endpoints, issued.access_token)
        brought = replace(brought, company=company)
        serving = await _serving(ports, login, brought.login)
        sealers = {
            each: await ports.vault.sealer(each) for each in serving.organisations - {login.organisation_id}
        }
        reached = await _reached(calls, login, brought, serving.companies)
        return replace(brought, reached=reached, sealers=sealers | dict(brought.sealers))
    except KoppelError as failure:
        return replace(brought, refused=Ending(LoginOutcome.FAILED, failure.code))


async def _identity(
    ports: Ports, calls: ProviderCalls, login: LoginRound, issued: IssuedTokens, drawn: bytes | None
) -> LoginIdentity | None:
    identity = await calls.login(login.endpoints, issued.access_token)
    if identity is None or not ports.providers.timing(login.provider).one_chain_per_login:
        return identity
    fingerprint = await ports.fingerprints.of(login.provider, identity)
    if fingerprint != drawn:
        await _count(ports, login, issued, fingerprint)
    return replace(identity, fingerprint=fingerprint)


async def _count(ports: Ports, login: LoginRound, issued: IssuedTokens, caller: bytes) -> None:
    async def note(tx: Transaction) -> None:
        await note_token_call(ports, tx, login.provider, caller, issued.dated_at or tx.now)

    await ports.unit_of_work.persist(note)


@dataclass(frozen=True, slots=True)
class _Serving:
    """Of the grants that the tokens may go to: whose they are, and what they serve."""

    organisations: frozenset[UUID]
    companies: frozenset[str]


async def _serving(ports: Ports, login: LoginRound, identity: LoginIdentity | None) -> _Serving:
    """The grant that is to be renewed, and the one that has this login."""

    async def look(tx: Transaction) -> _Serving:
        fingerprint = identity and identity.fingerprint
        holder = await tx.grants.of_login(login.provider, fingerprint) if fingerprint else None
        ids = {login.grant_id, holder.id if holder else None}
        served = [await tx.served.of_grant(each) for each in ids if each is not None]
        return _Serving(
            frozenset({holder.organisation_id} if holder else ()),
            frozenset(company for each in served for company in each.values()),
        )

    return await ports.unit_of_work.persist(look)


async def _reached(
    calls: ProviderCalls, login: LoginRound, brought: Brought, wanted: frozenset[str]
) -> frozenset[str]:
    if brought.company is not None:
        return frozenset({brought.company.external_id})
    if not wanted:
        return frozenset()
    return await calls.reached(login.endpoints, brought.tokens.access_token, wanted)
