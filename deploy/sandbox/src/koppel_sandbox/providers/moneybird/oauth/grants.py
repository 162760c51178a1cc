"""Logins and what they gave away. A grant reaches every administration of its user; no answer tells how long a token lasts."""

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND, Clock
from koppel_sandbox.oauth.logins import OAuthError
from koppel_sandbox.providers.moneybird.oauth.login import Login
from koppel_sandbox.providers.moneybird.settings import Settings

CODE_SECONDS = 600


@dataclass(slots=True)
class Grant:
    id: str
    client_id: str
    username: str
    scopes: tuple[str, ...]
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scopes: tuple[str, ...]


@dataclass(slots=True)
class _Code:
    grant: Grant
    redirect_uri: str
    expires_at: int
    used: bool = False


class Grants:
    def __init__(self, settings: Settings, clock: Clock, record: Callable[[str, JsonObject], None]) -> None:
        self._settings = settings
        self._clock = clock
        self._record = record
        self._grants: dict[str, Grant] = {}
        self._codes: dict[str, _Code] = {}
        self._refresh: dict[str, str] = {}
        self._used: set[str] = set()
        self._access: dict[str, tuple[str, int]] = {}

    def authorize(self, login: Login, username: str) -> str:
        """Remembers a consent; returns the code, good once."""
        grant = Grant(secrets.token_hex(8), login.client_id, username, login.scopes)
        code = secrets.token_hex(32)
        self._codes[code] = _Code(grant, login.redirect_uri, self._clock() + CODE_SECONDS * SECOND)
        return code

    def exchange(self, client_id: str, code: str, redirect_uri: str) -> Tokens:
        """Raises OAuthError `invalid_grant`."""
        held = self._codes.get(code)
        if held is None or held.grant.client_id != client_id or held.redirect_uri != redirect_uri:
            raise OAuthError("invalid_grant", "The code is unknown or was made for another redirect_uri")
        if held.used or self._clock() >= held.expires_at:
            raise OAuthError("invalid_grant", "The code was used or has expired")
        held.used = True
        self._apply("grant", asdict(held.grant))
        return self._issue(held.grant)

    def refresh(self, client_id: str, token: str) -> Tokens:
        """Raises OAuthError `invalid_grant` for a token unknown, used up by rotation, or revoked."""
        grant = self._grants.get(self._refresh.get(token, ""))
        if grant is None or grant.client_id != client_id or grant.revoked or token in self._used:
            raise OAuthError("invalid_grant", "The refresh token is invalid, expired or revoked")
        if not self._settings.rotate_refresh_tokens:
            return self._issue(grant, token)
        self._apply("refresh_used", {"token": token})
        return self._issue(grant)

    def revoke(self, grant: Grant) -> None:
        """Ends access and refresh tokens together."""
        self._apply("revoked", {"grant": grant.id})

    def behind(self, token: str) -> Grant | None:
        """The grant that a code, refresh token or access token belongs to, valid or not."""
        if token in self._codes:
            return self._codes[token].grant
        return self._grants.get(self._refresh.get(token) or self._access.get(token, ("", 0))[0])

    def authenticate(self, access_token: str) -> Grant | None:
        """The grant of an access token that is good now."""
        grant_id, expires_at = self._access.get(access_token, ("", 0))
        grant = self._grants.get(grant_id)
        return grant if grant and not grant.revoked and self._clock() < expires_at else None

    def replay(self, kind: str, facts: JsonObject) -> None:
        """Takes back what was recorded before a restart."""
        if kind == "grant":
            scopes = facts["scopes"]
            known = {**facts, "scopes": tuple(scopes) if isinstance(scopes, list | tuple) else ()}
            self._grants[str(facts["id"])] = Grant(**known)  # type: ignore[arg-type]
        elif kind == "tokens":
            self._refresh[str(facts["refresh"])] = str(facts["grant"])
            self._access[str(facts["access"])] = (str(facts["grant"]), int(str(facts["expires_at"])))
        elif kind == "refresh_used":
            self._used.add(str(facts["token"]))
        elif kind == "revoked" and str(facts["grant"]) in self._grants:
            self._grants[str(facts["grant"])].revoked = True

    def _apply(self, kind: str, facts: JsonObject) -> None:
        self._record(kind, facts)
        self.replay(kind, facts)

    def _issue(self, grant: Grant, refresh: str | None = None) -> Tokens:
        tokens = Tokens(secrets.token_hex(32), refresh or secrets.token_hex(32), grant.scopes)
        expires_at = self._clock() + self._settings.access_token_seconds * SECOND
        self._apply(
            "tokens",
            {
                "grant": grant.id,
                "access": tokens.access_token,
                "refresh": tokens.refresh_token,
                "expires_at": expires_at,
            },
        )
        return tokens
