"""Logins and what they gave away: codes, refresh tokens, access tokens. One grant is one company."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from uuid import uuid4

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND, Clock
from koppel_sandbox.oauth.logins import OAuthError
from koppel_sandbox.providers.eaccounting.oauth.login import Login
from koppel_sandbox.providers.eaccounting.oauth.signing import AUDIENCE, SigningKey
from koppel_sandbox.providers.eaccounting.settings import Settings
from koppel_sandbox.providers.eaccounting.world import User

CODE_SECONDS = 300
_IDENTITY = "local"


@dataclass(slots=True)
class Grant:
    id: str
    client_id: str
    username: str
    user_id: str
    company_id: str
    scopes: tuple[str, ...]
    authorized_at: int
    revoked: bool = False


@dataclass(slots=True)
class _Code:
    grant: Grant
    redirect_uri: str
    challenge: str | None
    expires_at: int
    used: bool = False


@dataclass(slots=True)
class _Refresh:
    grant_id: str
    used: bool = False


@dataclass(frozen=True, slots=True)
class Tokens:
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    scopes: tuple[str, ...]


def challenge_of(verifier: str) -> str:
    """PKCE S256 (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Grants:
    def __init__(
        self,
        settings: Settings,
        key: SigningKey,
        clock: Clock,
        record: Callable[[str, JsonObject], None] | None = None,
    ) -> None:
        self._settings = settings
        self._key = key
        self._clock = clock
        self._record = record or (lambda _kind, _facts: None)
        self._grants: dict[str, Grant] = {}
        self._codes: dict[str, _Code] = {}
        self._refresh: dict[str, _Refresh] = {}
        self._read: dict[str, tuple[Grant, int]] = {}

    def authorize(self, login: Login, user: User, company_id: str) -> str:
        """Remembers a consent; returns the code, good once within five minutes."""
        now = self._clock()
        grant = Grant(str(uuid4()), login.client_id, user.username, user.id, company_id, login.scopes, now)
        code = secrets.token_hex(32).upper()
        self._codes[code] = _Code(grant, login.redirect_uri, login.challenge, now + CODE_SECONDS * SECOND)
        return code

    def exchange(
        self, client_id: str, code: str, *, redirect_uri: str, verifier: str | None, issuer: str
    ) -> Tokens:
        """Raises OAuthError `invalid_grant`. A code that comes twice ends the grant it gave."""
        held = self._codes.get(code)
        if held is None or held.grant.client_id != client_id:
            raise OAuthError("invalid_grant", "unknown code")
        if held.used:
            self.revoke(held.grant)
            raise OAuthError("invalid_grant", "the code was used before")
        held.used = True
        if self._clock() >= held.expires_at:
            raise OAuthError("invalid_grant", "the code has expired")
        if held.redirect_uri != redirect_uri:
            raise OAuthError("invalid_grant", "redirect_uri differs from the one of the login")
        if held.challenge is not None and (verifier is None or challenge_of(verifier) != held.challenge):
            raise OAuthError("invalid_grant", "code_verifier does not match")
        self._keep_grant(held.grant)
        refresh = self._new_refresh(held.grant) if "offline_access" in held.grant.scopes else None
        return self._tokens(held.grant, refresh, issuer)

    def refresh(self, client_id: str, token: str, *, issuer: str) -> Tokens:
        """Raises OAuthError `invalid_grant` for a token unknown, used up by rotation, or revoked."""
        held = self._refresh.get(token)
        grant = self._grants.get(held.grant_id) if held else None
        if held is None or grant is None or grant.client_id != client_id:
            raise OAuthError("invalid_grant", "unknown refresh token")
        if held.used or grant.revoked:
            raise OAuthError("invalid_grant", "the refresh token is no longer valid")
        if not self._settings.rotate_refresh_tokens:
            return self._tokens(grant, token, issuer)
        held.used = True
        self._record("refresh_used", {"token": token})
        return self._tokens(grant, self._new_refresh(grant), issuer)

    def revoke(self, grant: Grant) -> None:
        grant.revoked = True
        self._record("revoked", {"grant": grant.id})

    def behind(self, token: str) -> Grant | None:
        """The grant that a code, refresh token or access token belongs to, valid or not."""
        if token in self._codes:
            return self._codes[token].grant
        if token in self._refresh:
            return self._grants.get(self._refresh[token].grant_id)
        return self._of_access_token(token)[0]

    def authenticate(self, access_token: str) -> Grant | None:
        """The grant of an access token that is good now."""
        grant, expires_at = self._of_access_token(access_token)
        return grant if grant and not grant.revoked and self._clock() < expires_at else None

    def replay(self, kind: str, facts: JsonObject) -> None:
        """Takes back what `record` was told before a restart."""
        if kind == "grant":
            values = dict(facts)
            scopes = values.pop("scopes")
            grant = Grant(**values, scopes=tuple(scopes))  # type: ignore[arg-type]
            self._grants[grant.id] = grant
        elif kind == "refresh":
            self._refresh[str(facts["token"])] = _Refresh(str(facts["grant"]))
        elif kind == "refresh_used":
            self._refresh[str(facts["token"])].used = True
        elif kind == "revoked" and str(facts["grant"]) in self._grants:
            self._grants[str(facts["grant"])].revoked = True

    def _keep_grant(self, grant: Grant) -> None:
        self._grants[grant.id] = grant
        self._record("grant", asdict(grant))

    def _new_refresh(self, grant: Grant) -> str:
        token = secrets.token_hex(32).upper()
        self._refresh[token] = _Refresh(grant.id)
        self._record("refresh", {"token": token, "grant": grant.id})
        return token

    def _tokens(self, grant: Grant, refresh: str | None, issuer: str) -> Tokens:
        now = self._clock() // SECOND
        claims = {
            "iss": issuer, "aud": AUDIENCE, "iat": now, "nbf": now, "exp": now + self._settings.access_token_seconds,
            "client_id": grant.client_id, "scope": list(grant.scopes), "sub": grant.user_id,
            "auth_time": grant.authorized_at // SECOND, "idp": _IDENTITY, "customer_id": grant.company_id,
            "email": f"{grant.username}@kantoor.example", "amr": ["pwd"], "sid": grant.id, "jti": secrets.token_hex(8),
        }  # fmt: skip
        return Tokens(self._key.sign(claims), refresh, grant.scopes)

    def _of_access_token(self, token: str) -> tuple[Grant | None, int]:
        if token in self._read:
            return self._read[token]
        claims = self._key.read(token) if token.count(".") == 2 else None
        grant = self._grants.get(str(claims["sid"])) if claims else None
        if claims is None or grant is None:
            return None, 0
        expires = claims["exp"]
        found = (grant, int(expires) * SECOND if isinstance(expires, int) else 0)
        self._read[token] = found
        return found
