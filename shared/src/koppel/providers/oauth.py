"""The OAuth 2.0 code flow as packages speak it: RFC 6749 with client_secret_basic, RFC 7636, RFC 7009."""

import base64
import re
from urllib.parse import quote_plus

import httpx
from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.calls import Answer, send
from koppel.providers.failures import FailureKind, ProviderFailure, failure
from koppel.providers.port import ClientCredentials, TokenSet

DEADLINE = 8.0
"""Seconds for a token call: a process that is told to stop waits for its answer, which may hold the only token."""

_KINDS: dict[str, FailureKind] = {
    "access_denied": failures.CONSENT_DENIED,
    "consent_required": failures.CONSENT_DENIED,
    "interaction_required": failures.CONSENT_DENIED,
    "login_required": failures.CONSENT_DENIED,
    "invalid_grant": failures.GRANT_INVALID,
    "invalid_client": failures.CLIENT_INVALID,
    "unauthorized_client": failures.CLIENT_INVALID,
    "invalid_scope": failures.CLIENT_INVALID,
    "server_error": failures.UNAVAILABLE,
    "temporarily_unavailable": failures.UNAVAILABLE,
}

_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
"""What can stand in a header; anything else is not a token."""


def oauth_failure(error: str) -> ProviderFailure:
    """The failure behind an OAuth `error` code, of a callback or of a token answer."""
    return failure(_KINDS.get(error, failures.REQUEST_REFUSED))


async def token_call(
    http: httpx.AsyncClient, url: str, credentials: ClientCredentials, form: dict[str, str]
) -> TokenSet:
    """Tokens for a grant. Raises `grant_invalid`, `client_invalid`, `provider_bad_answer` and network failures."""
    answer = await _post(http, url, credentials, form)
    if answer.status != 200:
        raise _refusal(answer)
    return _token_set(answer.json_object())


async def revocation_call(
    http: httpx.AsyncClient, url: str, credentials: ClientCredentials, *, token: str
) -> None:
    """Withdraw a token."""
    answer = await _post(http, url, credentials, {"token": token})
    if answer.status != 200:
        raise _refusal(answer)


async def _post(
    http: httpx.AsyncClient, url: str, credentials: ClientCredentials, form: dict[str, str]
) -> Answer:
    # RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
    pair = f"{quote_plus(credentials.client_id)}:{quote_plus(credentials.client_secret)}"
    basic = base64.b64encode(pair.encode()).decode()
    request = http.build_request("POST", url, data=form, headers={"Authorization": f"Basic {basic}"})
    return await send(http, request, deadline=DEADLINE)


def _refusal(answer: Answer) -> ProviderFailure:
    if answer.status == 429:
        return failure(failures.RATE_LIMITED, retry_after=answer.retry_after() or 60.0)
    if answer.status >= 500:
        return failure(failures.UNAVAILABLE, retry_after=answer.retry_after())
    error = answer.error_object().get("error")
    if isinstance(error, str):
        return oauth_failure(error)
    if answer.status == 401:
        return failure(failures.CLIENT_INVALID)
    return failure(failures.REQUEST_REFUSED if answer.status >= 400 else failures.BAD_ANSWER)


def _token_set(body: dict[str, JsonValue]) -> TokenSet:
    access_token, refresh_token = body.get("access_token"), body.get("refresh_token")
    token_type, scope = body.get("token_type", "Bearer"), body.get("scope")
    if not _is_token(access_token) or not isinstance(token_type, str) or token_type.lower() != "bearer":
        raise failure(failures.BAD_ANSWER)
    if refresh_token and not _is_token(refresh_token):
        raise failure(failures.BAD_ANSWER)
    return TokenSet(
        access_token=str(access_token),
        refresh_token=str(refresh_token) if refresh_token else None,
        expires_in=_seconds(body.get("expires_in")),
        scopes=tuple(scope.split()) if isinstance(scope, str) else (),
    )


def _is_token(value: JsonValue) -> bool:
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def _seconds(value: JsonValue) -> int | None:
    digits = str(value) if isinstance(value, str | int) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
