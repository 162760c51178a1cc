"""Access tokens lent by connection-svc, kept in memory until shortly before they expire."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from koppel.contracts.values import Failure, WhoMustAct
from koppel.kernel.clock import Clock, SystemClock
from koppel.kernel.errors import Transient
from sync_svc.application.outside import LendingRefused, LentToken
from sync_svc.domain.failure import CONNECTION_REVOKED, LENDER_AWAY, REAUTHORIZATION_REQUIRED

_MARGIN = timedelta(seconds=60)
"""A token is asked again this long before it expires, or at half its life when it lives shorter: a page in
flight must end with it still valid."""

_REFUSED = {failure.code: failure for failure in (CONNECTION_REVOKED, REAUTHORIZATION_REQUIRED)}
_UNKNOWN_GRANT = Failure(
    origin="connection-svc",
    type="unknown_grant",
    who_must_act=WhoMustAct.US,
    code="grant_not_found",
    detail="The administration's grant does not exist at connection-svc.",
)
_NOT_LENT = Failure(
    origin="connection-svc",
    type="refused",
    who_must_act=WhoMustAct.US,
    code="token_refused",
    detail="connection-svc refused to lend an access token to sync-svc.",
)


class _Loan(BaseModel):
    access_token: SecretStr
    expires_at: datetime
    api_base_url: str


class ConnectionSvc:
    """Implements `TokenLender`. `http` carries base URL and this service's own credential."""

    def __init__(self, http: httpx.AsyncClient, clock: Clock | None = None) -> None:
        self._http = http
        self._clock = clock or SystemClock()
        self._lent: dict[UUID, tuple[LentToken, datetime]] = {}
        self._asking: dict[UUID, asyncio.Lock] = {}

    async def lend(self, grant_id: UUID, *, rejected: str | None = None) -> LentToken:
        async with self._asking.setdefault(grant_id, asyncio.Lock()):
            known, good_until = self._lent.get(grant_id, (None, None))
            in_time = good_until is not None and self._clock.now() < good_until
            if known is not None and in_time and known.access_token != rejected:
                return known
            self._lent.pop(grant_id, None)
            lent = await self._ask(grant_id, rejected)
            now = self._clock.now()
            self._lent[grant_id] = lent, max(lent.expires_at - _MARGIN, now + (lent.expires_at - now) / 2)
            return lent

    async def _ask(self, grant_id: UUID, rejected: str | None) -> LentToken:
        wish: dict[str, str] = {"refresh_if_expires_before": _text(self._clock.now() + _MARGIN)}
        if rejected is not None:
            wish["rejected_token_sha256"] = sha256(rejected.encode()).hexdigest()
        try:
            answer = await self._http.post(f"/internal/v1/grants/{grant_id}/access-token", json=wish)
        except (httpx.RequestError, Transient):  # the latter: our own token cannot be read
            raise _away() from None
        if answer.status_code == 200:
            return _lent(answer)
        raise _refusal(answer)


def _lent(answer: httpx.Response) -> LentToken:
    try:
        loan = _Loan.model_validate_json(answer.content)
    except ValidationError:
        raise _away() from None
    return LentToken(loan.access_token.get_secret_value(), loan.api_base_url, loan.expires_at)


def _refusal(answer: httpx.Response) -> Exception:
    if answer.status_code >= 500 or answer.status_code in (408, 429):
        wait = answer.headers.get("Retry-After", "")
        return _away(float(wait) if wait.isascii() and wait.isdigit() else None)
    code = _code(answer)
    if code in _REFUSED:
        return LendingRefused(_REFUSED[code])
    return LendingRefused(_UNKNOWN_GRANT if answer.status_code == 404 else _NOT_LENT)


def _code(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    return str(body.get("code", "")) if isinstance(body, dict) else ""


def _away(retry_after: float | None = None) -> Transient:
    return Transient(LENDER_AWAY.code, LENDER_AWAY.detail, retry_after=retry_after)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
