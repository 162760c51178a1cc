"""Calls of a token endpoint and of a revocation endpoint: RFC 6749, RFC 7009."""

import base64
import re
from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote_plus

import httpx
from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.calls import Answer, send
from koppel.providers.failures import IncompleteTokens, failure
from koppel.providers.profile import ClientAuthentication
from koppel.providers.token_refusals import TokenRefusal, refusal_of
from koppel.providers.tokens import ClientCredentials, TokenSet

DEADLINE = 8.0
"""Seconds for a token call: a process that is told to stop waits for its answer, which may hold the only token."""

_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
"""What can stand in a header; anything else is not a token."""


async def token_call(
    http: httpx.AsyncClient,
    url: str,
    credentials: ClientCredentials,
    form: dict[str, str],
    *,
    by: ClientAuthentication,
    refusals: Iterable[TokenRefusal] = (),
) -> TokenSet:
    """Tokens for a grant. Raises `grant_invalid`, `refresh_too_early`, `client_invalid`, `request_refused`,
    `provider_bad_answer` (`IncompleteTokens` when it holds a refresh token all the same) and network failures.

    `refusals` is the provider's own table.
    """
    answer = await _post(http, url, credentials, form, by)
    if not answer.is_success:  # a 201 may hold the only refresh token there is
        raise refusal_of(answer, refusals)
    return _token_set(answer.json_object(), answer.date())


async def revocation_call(
    http: httpx.AsyncClient, url: str, credentials: ClientCredentials, *, token: str, by: ClientAuthentication
) -> None:
    """Withdraw a token."""
    answer = await _post(http, url, credentials, {"token": token}, by)
    if not answer.is_success:
        raise refusal_of(answer)


async def _post(
    http: httpx.AsyncClient,
    url: str,
    credentials: ClientCredentials,
    form: dict[str, str],
    by: ClientAuthentication,
) -> Answer:
    headers = {}
    if by is ClientAuthentication.BODY:
        form = form | {"client_id": credentials.client_id, "client_secret": credentials.client_secret}
    else:
        # RFC 6749 §2.3.1: both halves are form-encoded before they are joined.
        pair = f"{quote_plus(credentials.client_id)}:{quote_plus(credentials.client_secret)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return await send(http, http.build_request("POST", url, data=form, headers=headers), deadline=DEADLINE)


def _token_set(body: dict[str, JsonValue], dated_at: datetime | None) -> TokenSet:
    access_token, refresh_token = body.get("access_token"), body.get("refresh_token")
    token_type, scope = body.get("token_type", "Bearer"), body.get("scope")
    usable = is_token(access_token) and isinstance(token_type, str) and token_type.lower() == "bearer"
    if not usable and is_token(refresh_token):
        raise IncompleteTokens(str(refresh_token))
    if not usable or (refresh_token and not is_token(refresh_token)):
        raise failure(failures.BAD_ANSWER)
    return TokenSet(
        access_token=str(access_token),
        refresh_token=str(refresh_token) if refresh_token else None,
        expires_in=lifetime_of(body),
        scopes=tuple(scope.split()) if isinstance(scope, str) else (),
        dated_at=dated_at,
    )


def is_token(value: JsonValue) -> bool:
    """Whether a value can stand in a header as a token."""
    return isinstance(value, str) and _TOKEN.fullmatch(value) is not None


def lifetime_of(body: dict[str, JsonValue]) -> int | None:
    """The seconds of `expires_in`, a number or the text of one; None when it is neither."""
    value = body.get("expires_in")
    digits = str(value) if isinstance(value, str | int) else ""
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else None
