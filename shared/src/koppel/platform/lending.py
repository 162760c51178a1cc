"""Borrowing access tokens from connection-svc: the only synchronous call between services.

`POST /internal/v1/grants/{id}/access-token`, with the borrower's own service token.
"""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import httpx
from opentelemetry import propagate
from pydantic import BaseModel, SecretStr, ValidationError

from koppel.kernel.errors import Permanent, Transient
from koppel.platform.identity import ServiceToken
from koppel.ports.access_token import AccessToken

_TIMEOUT = httpx.Timeout(35.0, connect=5.0)
"""Seconds; lending may include a refresh at the package."""


def connection_svc_http(base_url: str, service_token_file: Path, *, connections: int) -> httpx.AsyncClient:
    """The client for connection-svc, with the borrower's service token."""
    return httpx.AsyncClient(
        base_url=base_url,
        auth=ServiceToken(service_token_file),
        timeout=_TIMEOUT,
        limits=httpx.Limits(max_connections=connections),
        trust_env=False,
    )


class LoanRefused(Permanent):
    """connection-svc will not lend; `code` is its problem's (`reauthorization_required`, …), `status` its answer's."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code, f"connection-svc refused to lend a token ({status}).")
        self.status = status


class TokenLending:
    """`http` carries connection-svc's base URL and the borrower's credential."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def borrow(
        self,
        organisation_id: UUID,
        grant_id: UUID,
        *,
        rejected: str | None = None,
        good_until: datetime | None = None,
    ) -> AccessToken:
        """A token of the organisation's grant, refreshed first when `rejected` is the one that the package refused, or when it would
        expire before `good_until`.

        Raises `LoanRefused`, or `Transient` (`connection_svc_unavailable`, `connection_svc_bad_answer`).
        """
        headers: dict[str, str] = {}
        propagate.inject(headers)
        try:
            answer = await self._http.post(
                f"/internal/v1/grants/{grant_id}/access-token",
                json=_wish(organisation_id, rejected, good_until),
                headers=headers,
            )
        except (httpx.HTTPError, Transient):  # the latter: our own token cannot be read
            raise _away(None) from None
        if answer.status_code == httpx.codes.OK:
            return _loan(answer)
        if answer.status_code >= 500 or answer.status_code in _WORTH_ANOTHER_TRY:
            raise _away(answer.headers.get("Retry-After", ""))
        raise LoanRefused(_code(answer), answer.status_code)


# 422: a lender of another version does not take our body, for as long as a rolling start lasts.
_WORTH_ANOTHER_TRY = (408, 422, 429)


class _Body(BaseModel):
    access_token: SecretStr
    expires_at: datetime
    api_base_url: str


def _wish(organisation_id: UUID, rejected: str | None, good_until: datetime | None) -> dict[str, str]:
    wish = {"organisation_id": str(organisation_id)}
    if good_until is not None:
        wish["refresh_if_expires_before"] = good_until.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if rejected is not None:
        wish["rejected_token_sha256"] = sha256(rejected.encode()).hexdigest()
    return wish


def _loan(answer: httpx.Response) -> AccessToken:
    try:
        body = _Body.model_validate_json(answer.content)
    except ValidationError:
        body = None
    if body is None:  # raised here: the validation error would carry the token along
        raise Transient("connection_svc_bad_answer", "connection-svc lent something that is no token.")
    return AccessToken(body.access_token.get_secret_value(), body.api_base_url, body.expires_at)


def _away(retry_after: str | None) -> Transient:
    seconds = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
    return Transient(
        "connection_svc_unavailable", "connection-svc cannot lend a token now.", retry_after=seconds
    )


def _code(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    return str(body.get("code", "")) if isinstance(body, dict) else ""
