"""The OIDC issuer: its discovery document, its token endpoint, and ID tokens verified by its keys."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import jwt
from pydantic import BaseModel, ValidationError

from koppel.kernel.errors import Permanent, Transient
from koppel.platform.identity import JwksUrl

_DISCOVERY = "/.well-known/openid-configuration"
_KEPT = 600.0
_LEEWAY = 30
_ANSWERED_WITHIN = 10.0
"""Seconds, for the whole answer."""
_LARGEST = 256 * 1024


class Discovery(BaseModel):
    """What the console needs of the discovery document."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None


class Issuer:
    """Asked over `http`; the discovery document is kept for ten minutes."""

    def __init__(
        self, url: str, client_id: str, client_secret: str | None, scope: str, http: httpx.AsyncClient
    ) -> None:
        self._url = url.rstrip("/")
        self.client_id = client_id
        self._client_secret = client_secret
        self._scope = scope
        self._http = http
        self._found: tuple[float, Discovery, JwksUrl] | None = None

    async def authorization_url(
        self, *, redirect_uri: str, state: str, nonce: str, challenge: str, language: str
    ) -> str:
        """Where the browser goes to log in. Raises `Transient` (`issuer_unavailable`)."""
        found, _ = await self._documents()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": redirect_uri,
            "scope": self._scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        mark = "&" if urlsplit(found.authorization_endpoint).query else "?"
        return f"{found.authorization_endpoint}{mark}{urlencode(query)}"

    async def is_sender(self, name: str | None) -> bool:
        """Whether an answer that names its issuer (RFC 9207) is this one's; one that names none may be."""
        found, _ = await self._documents()
        return name is None or name == found.issuer

    async def exchange(self, *, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        """Tokens for a code. Raises `Permanent` (`login_refused`) or `Transient` (`issuer_unavailable`)."""
        return await self._token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": verifier,
                "redirect_uri": redirect_uri,
            }
        )

    async def refreshed(self, refresh_token: str) -> dict[str, Any]:
        """New tokens for a refresh token; errors as `exchange`."""
        return await self._token({"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def id_claims(self, tokens: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The ID token's claims, verified. Raises `Permanent` (`id_token_invalid`)."""
        found, keys = await self._documents()
        text = tokens.get("id_token")
        try:
            header = jwt.get_unverified_header(text) if isinstance(text, str) else {}
            key = await keys.key(str(header.get("kid", "")))
            if key is None or not isinstance(text, str):
                raise jwt.InvalidTokenError("no key")
            claims: dict[str, Any] = jwt.decode(
                text,
                key,
                algorithms=["RS256"],
                audience=self.client_id,
                issuer=found.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError as error:
            raise Permanent("id_token_invalid", "The issuer's ID token cannot be trusted.") from error
        if claims.get("nonce") != nonce:
            raise Permanent("id_token_invalid", "The issuer's ID token belongs to another login.")
        return claims

    async def end_session_url(self, return_to: str) -> str | None:
        """Where a person may log out of the issuer as well; None when it has no such page or is away."""
        try:
            found, _ = await self._documents()
        except Transient:
            return None
        if found.end_session_endpoint is None:
            return None
        query = {"client_id": self.client_id, "post_logout_redirect_uri": return_to}
        return f"{found.end_session_endpoint}?{urlencode(query)}"

    async def _token(self, form: dict[str, str]) -> dict[str, Any]:
        found, _ = await self._documents()
        secret = {"client_secret": self._client_secret} if self._client_secret else {}
        data = {**form, "client_id": self.client_id, **secret}
        answer = await self._asked("POST", found.token_endpoint, data)
        if answer.status_code >= 500:
            raise _unavailable()
        body = _object(answer)
        if answer.status_code != httpx.codes.OK:
            raise Permanent("login_refused", "The issuer does not accept this login; log in again.")
        return body

    async def _documents(self) -> tuple[Discovery, JwksUrl]:
        if self._found is not None and time.monotonic() - self._found[0] < _KEPT:
            return self._found[1], self._found[2]
        answer = await self._asked("GET", self._url + _DISCOVERY, None)
        try:
            found = Discovery.model_validate(_object(answer))
        except ValidationError as error:
            raise _unavailable() from error
        keys = self._found[2] if self._found and self._found[1] == found else JwksUrl(found.jwks_uri)
        self._found = (time.monotonic(), found, keys)
        return found, keys

    async def _asked(self, method: str, url: str, data: dict[str, str] | None) -> httpx.Response:
        try:
            async with asyncio.timeout(_ANSWERED_WITHIN):
                return await self._http.request(
                    method, url, data=data, headers={"Accept": "application/json"}
                )
        except (httpx.HTTPError, TimeoutError) as error:
            raise _unavailable() from error


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json() if len(answer.content) <= _LARGEST else None
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _unavailable()
    return body


def _unavailable() -> Transient:
    return Transient("issuer_unavailable", "The issuer, where people log in, does not answer.", retry_after=5)
