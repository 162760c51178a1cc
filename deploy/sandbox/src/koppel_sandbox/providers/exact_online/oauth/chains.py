"""Chains of tokens: one a client and person in each country. Every refresh gives a new pair; a new login ends the chain.

Of the provider's own doubts the cautious side is taken: a used refresh token is dead at once unless
`used_refresh_token_seconds` say otherwise.
"""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from uuid import uuid4

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import DAY, SECOND, Clock, as_text
from koppel_sandbox.providers.exact_online.settings import Settings

CODE_SECONDS = 180
_IDLE = 30 * DAY
_REASON = "TooEarlyToRefreshTokensAccessTokenNotExpired"


class TokenError(Exception):
    """A refused token call, in RFC 6749's shape with Exact's meanings; `violation` is for the ledger."""

    def __init__(
        self,
        status: int,
        error: str,
        description: str,
        *,
        reason: str | None = None,
        violation: str | None = None,
    ) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description
        self.reason = reason
        self.violation = violation


@dataclass(slots=True)
class Chain:
    """`without` are the divisions that the consent left out; `issued_at` is when the newest pair was given."""

    id: str
    region: str
    client_id: str
    username: str
    without: tuple[str, ...]
    issued_at: int = 0
    is_dead: bool = False


@dataclass(slots=True)
class _Refresh:
    chain_id: str
    used_at: int | None = None
    successor: str | None = field(default=None, repr=False)


@dataclass(slots=True)
class _Code:
    chain: Chain
    redirect_uri: str
    expires_at: int
    used: bool = False


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


class Chains:
    def __init__(self, settings: Settings, clock: Clock, record: Callable[[str, JsonObject], None]) -> None:
        self._settings = settings
        self._clock = clock
        self._record = record
        self._chains: dict[str, Chain] = {}
        self._codes: dict[str, _Code] = {}
        self._refresh: dict[str, _Refresh] = {}
        self._access: dict[str, tuple[str, int]] = {}

    def authorize(self, chain: Chain, redirect_uri: str) -> str:
        """Remembers a consent; returns the code, good once within three minutes."""
        code = f"stamp{chain.region.upper()}001.{secrets.token_urlsafe(48)}!{secrets.token_urlsafe(8)}"
        self._codes[code] = _Code(chain, redirect_uri, self._clock() + CODE_SECONDS * SECOND)
        return code

    def exchange(self, client_id: str, region: str, code: str, redirect_uri: str) -> Tokens:
        """Ends every other chain of the person with this client. Raises TokenError."""
        held = self._codes.get(code)
        if held is None or (held.chain.client_id, held.chain.region) != (client_id, region) or held.used:
            raise TokenError(400, "invalid_grant", "The authorization code is not valid or was used.")
        held.used = True
        if self._clock() >= held.expires_at:
            raise TokenError(400, "invalid_grant", "The authorization code has expired.")
        if held.redirect_uri != redirect_uri:
            raise TokenError(400, "invalid_grant", "The redirect_uri differs from the one of the login.")
        self._begin(held.chain)
        self._record("chain", asdict(held.chain))
        return self._issue(held.chain)

    def refresh(self, client_id: str, region: str, token: str) -> Tokens:
        """Raises TokenError: in this order unknown or dead, too early, used, idle for too long."""
        held = self._refresh.get(token)
        chain = self._chains.get(held.chain_id) if held else None
        if (
            held is None
            or chain is None
            or (chain.client_id, chain.region) != (client_id, region)
            or chain.is_dead
        ):
            raise TokenError(
                400, "invalid_grant", "Token is not allowed, because of invalid or empty chainId"
            )
        now = self._clock()
        if now < chain.issued_at + self._settings.refresh_not_before_seconds * SECOND:
            text = "Rate limit exceeded: access_token not expired"
            raise TokenError(400, "access_denied", text, reason=_REASON, violation="early_refresh")
        if held.used_at is not None and not self._works_again(held, now):
            raise TokenError(
                401, "unauthorized_client", "Old refresh token used.", violation="used_refresh_token"
            )
        if now >= chain.issued_at + _IDLE:
            ended = as_text(chain.issued_at + _IDLE)
            raise TokenError(400, "invalid_request", f"The refresh token expired at {ended}")
        tokens = self._issue(chain)
        self._use(token, now, tokens.refresh_token)
        return tokens

    def behind(self, token: str) -> Chain | None:
        """The chain that a code, refresh token or access token belongs to, valid or not."""
        if token in self._codes:
            return self._codes[token].chain
        if token in self._refresh:
            return self._chains.get(self._refresh[token].chain_id)
        chain_id, _ = self._access.get(token, ("", 0))
        return self._chains.get(chain_id)

    def authenticate(self, access_token: str, region: str) -> Chain | None:
        """The chain of an access token that is good now, in this country."""
        chain_id, expires_at = self._access.get(access_token, ("", 0))
        chain = self._chains.get(chain_id)
        good = (
            chain is not None and not chain.is_dead and chain.region == region and self._clock() < expires_at
        )
        return chain if good else None

    def replay(self, kind: str, facts: JsonObject) -> None:
        """Takes back what `record` was told before a restart."""
        if kind == "chain":
            values = dict(facts)
            without = values.pop("without")
            self._begin(Chain(**values, without=tuple(without)))  # type: ignore[arg-type]
        elif kind == "tokens":
            at, access, refresh = (facts[name] for name in ("at", "access", "refresh"))
            self._keep(self._chains[str(facts["chain"])], Tokens(str(access), str(refresh)), int(str(at)))
        elif kind == "used":
            self._refresh[str(facts["token"])].used_at = int(str(facts["at"]))
            self._refresh[str(facts["token"])].successor = str(facts["successor"])

    def _begin(self, chain: Chain) -> None:
        for other in self._chains.values():
            same = (other.region, other.client_id, other.username) == (
                chain.region,
                chain.client_id,
                chain.username,
            )
            other.is_dead = other.is_dead or same
        self._chains[chain.id] = chain

    def _issue(self, chain: Chain) -> Tokens:
        now = self._clock()
        stamp = f"stamp{chain.region.upper()}001."
        tokens = Tokens(stamp + secrets.token_urlsafe(240), stamp + secrets.token_urlsafe(96))
        self._keep(chain, tokens, now)
        facts: JsonObject = {
            "chain": chain.id,
            "access": tokens.access_token,
            "refresh": tokens.refresh_token,
        }
        self._record("tokens", {**facts, "at": now})
        return tokens

    def _keep(self, chain: Chain, tokens: Tokens, at: int) -> None:
        chain.issued_at = at
        self._access[tokens.access_token] = (chain.id, at + self._settings.access_token_seconds * SECOND)
        self._refresh[tokens.refresh_token] = _Refresh(chain.id)

    def _use(self, token: str, now: int, successor: str) -> None:
        self._refresh[token].used_at = now
        self._refresh[token].successor = successor
        self._record("used", {"token": token, "at": now, "successor": successor})

    def _works_again(self, held: _Refresh, now: int) -> bool:
        """Whether the answer of its use may have been lost: in time, and nobody used what it gave."""
        patience = self._settings.used_refresh_token_seconds * SECOND
        unused = self._refresh[held.successor or ""].used_at is None
        return unused and held.used_at is not None and now < held.used_at + patience


def new_chain(region: str, client_id: str, username: str, without: tuple[str, ...]) -> Chain:
    return Chain(str(uuid4()), region, client_id, username, without)
