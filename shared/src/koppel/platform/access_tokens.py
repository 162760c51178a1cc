"""Access tokens from connection-svc: the only synchronous call between services.

`POST /internal/v1/grants/{id}/access-token`, with the service's own token. What is issued is kept in memory until
shortly before it expires.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import httpx
from opentelemetry import propagate
from pydantic import BaseModel, SecretStr, ValidationError

from koppel.contracts.failures import (
    CONNECTION_REVOKED,
    GRANT_NOT_FOUND,
    REAUTHORIZATION_REQUIRED,
    TOKEN_REFUSED,
)
from koppel.kernel.clock import Clock, SystemClock
from koppel.kernel.errors import Transient
from koppel.platform.identity import ServiceToken
from koppel.ports.access_token import AccessToken, NoTokenNow, TokenRefused

_TIMEOUT = httpx.Timeout(35.0, connect=5.0)
"""Seconds; an answer may include a refresh at the provider."""
_ANSWERED_WITHIN = 60.0
"""Seconds, for the whole of it, however it trickles."""

_MARGIN = timedelta(seconds=60)
"""A token is asked again this long before it expires, or at half its life when it lives shorter: a page in
flight must end with it still valid."""

_Claim = tuple[UUID, UUID]
"""An organisation and the grant that it says is its own."""

_REFUSED = {failure.code: failure for failure in (CONNECTION_REVOKED, REAUTHORIZATION_REQUIRED)}

# 422: a connection-svc of another version does not take our body, for as long as a rolling start lasts.
_WORTH_ANOTHER_TRY = (408, 422, 429)


def connection_svc_http(base_url: str, service_token_file: Path, *, connections: int) -> httpx.AsyncClient:
    """The client for connection-svc, with this service's token."""
    return httpx.AsyncClient(
        base_url=base_url,
        auth=ServiceToken(service_token_file),
        timeout=_TIMEOUT,
        limits=httpx.Limits(max_connections=connections),
        trust_env=False,
    )


class AccessTokenClient:
    """Implements `AccessTokens`. `http` carries connection-svc's base URL and the service's own credential."""

    def __init__(self, http: httpx.AsyncClient, clock: Clock | None = None) -> None:
        self._http = http
        self._clock = clock or SystemClock()
        # By organisation too: what was issued to one is never found by another that names the same grant.
        self._kept: dict[_Claim, tuple[AccessToken, datetime]] = {}
        self._asking: dict[_Claim, asyncio.Lock] = {}

    async def issue(
        self, organisation_id: UUID, grant_id: UUID, *, rejected: str | None = None
    ) -> AccessToken:
        """A kept token, or a new one when it is about to end or is the one that the provider refused.

        Raises `TokenRefused`, or `NoTokenNow` (`connection_svc_unavailable`, `connection_svc_bad_answer`).
        """
        claim = organisation_id, grant_id
        async with self._asking.setdefault(claim, asyncio.Lock()):
            known, good_until = self._kept.get(claim, (None, None))
            in_time = good_until is not None and self._clock.now() < good_until
            if known is not None and in_time and known.access_token != rejected:
                return known
            self._kept.pop(claim, None)
            token = await self._ask(claim, rejected)
            now = self._clock.now()
            self._kept[claim] = token, max(token.expires_at - _MARGIN, now + (token.expires_at - now) / 2)
            return token

    async def _ask(self, claim: _Claim, rejected: str | None) -> AccessToken:
        organisation_id, grant_id = claim
        headers: dict[str, str] = {}
        propagate.inject(headers)
        try:
            async with asyncio.timeout(_ANSWERED_WITHIN):
                answer = await self._http.post(
                    f"/internal/v1/grants/{grant_id}/access-token",
                    json=_wish(organisation_id, rejected, self._clock.now() + _MARGIN),
                    headers=headers,
                )
        except (httpx.HTTPError, TimeoutError, Transient):  # the latter: our own token cannot be read
            raise _away(None) from None
        if answer.status_code == httpx.codes.OK:
            return _token(answer)
        if answer.status_code >= 500 or answer.status_code in _WORTH_ANOTHER_TRY:
            raise _away(answer.headers.get("Retry-After", ""), _code(answer))
        unknown = GRANT_NOT_FOUND if answer.status_code == httpx.codes.NOT_FOUND else TOKEN_REFUSED
        raise TokenRefused(_REFUSED.get(_code(answer), unknown))


class _Body(BaseModel):
    access_token: SecretStr
    expires_at: datetime
    api_base_url: str
    headers: dict[str, SecretStr] = {}
    company: str | None = None


def _wish(organisation_id: UUID, rejected: str | None, good_until: datetime) -> dict[str, str]:
    until = good_until.astimezone(UTC).isoformat().replace("+00:00", "Z")
    wish = {"organisation_id": str(organisation_id), "refresh_if_expires_before": until}
    return wish | (
        {} if rejected is None else {"rejected_token_sha256": sha256(rejected.encode()).hexdigest()}
    )


def _token(answer: httpx.Response) -> AccessToken:
    try:
        body = _Body.model_validate_json(answer.content)
    except ValidationError:
        body = None
    if body is None:  # raised here: the validation error would carry the token along
        raise NoTokenNow("connection_svc_bad_answer", "connection-svc issued something that is no token.")
    return AccessToken(
        body.access_token.get_secret_value(),
        body.api_base_url,
        body.expires_at,
        {name: value.get_secret_value() for name, value in body.headers.items()},
        body.company,
    )


def _away(retry_after: str | None, told: str = "") -> NoTokenNow:
    seconds = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
    return NoTokenNow(
        "connection_svc_unavailable",
        "connection-svc cannot issue a token now.",
        told=told,
        retry_after=seconds,
    )


def _code(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    return str(body.get("code", "")) if isinstance(body, dict) else ""
