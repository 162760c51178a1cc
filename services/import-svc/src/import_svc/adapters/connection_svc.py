"""Borrowing access tokens from connection-svc: `POST /internal/v1/grants/{id}/access-token`."""

import hashlib
from uuid import UUID

import httpx
from opentelemetry import propagate
from pydantic import BaseModel, SecretStr, ValidationError

from import_svc.domain.discovery import DiscoveryFailed
from koppel.contracts.values import Failure, WhoMustAct
from koppel.kernel.errors import Transient
from koppel.providers.port import ProviderAccess

_GONE = {
    "reauthorization_required": "The login no longer works at the package; log in again.",
    "connection_revoked": "The connection was disconnected; connect the package again.",
}


class _Loan(BaseModel):
    access_token: SecretStr
    api_base_url: str


class TokenLender:
    """`http` has connection-svc's base URL and this service's token."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def lend(self, grant_id: UUID, *, rejected: str | None = None) -> ProviderAccess:
        """A token of the grant; `rejected` is one that the package refused. Raises `DiscoveryFailed`."""
        body = (
            {}
            if rejected is None
            else {"rejected_token_sha256": hashlib.sha256(rejected.encode()).hexdigest()}
        )
        headers: dict[str, str] = {}
        propagate.inject(headers)
        try:
            answer = await self._http.post(
                f"/internal/v1/grants/{grant_id}/access-token", json=body, headers=headers
            )
        except (httpx.HTTPError, Transient):
            answer = None
        if answer is None or answer.status_code >= 500:
            raise _ours(
                "connection_svc_unavailable", "unavailable", "connection-svc cannot lend a token now."
            )
        if answer.status_code != 200:
            raise _refused(answer)
        return _access(answer)


def _access(answer: httpx.Response) -> ProviderAccess:
    try:
        loan = _Loan.model_validate_json(answer.content)
    except ValidationError:
        loan = None
    if loan is None:  # raised here: the validation error would carry the token along
        raise _ours(
            "connection_svc_bad_answer", "bad_answer", "connection-svc lent something that is no token."
        )
    return ProviderAccess(loan.access_token.get_secret_value(), loan.api_base_url)


def _refused(answer: httpx.Response) -> DiscoveryFailed:
    code = _code(answer)
    if answer.status_code == 409 and code in _GONE:
        failure = Failure(
            origin="credential", type=code, who_must_act=WhoMustAct.CUSTOMER, code=code, detail=_GONE[code]
        )
        return DiscoveryFailed(failure, transient=False)
    if answer.status_code == 404:
        return _ours(
            "grant_not_found", "not_found", "connection-svc does not know the login.", transient=False
        )
    # Worth another try: the service token may be on its way to be renewed.
    return _ours("connection_svc_refused", "refused", "connection-svc refuses to lend a token.")


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return ""


def _ours(code: str, kind: str, detail: str, *, transient: bool = True) -> DiscoveryFailed:
    failure = Failure(
        origin="connection-svc", type=kind, who_must_act=WhoMustAct.US, code=code, detail=detail
    )
    return DiscoveryFailed(failure, transient=transient)
