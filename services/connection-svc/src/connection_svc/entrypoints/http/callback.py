"""Where providers send the browser back: one path each, so that an answer of one cannot pass for another's."""

import math
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from connection_svc.application.complete_login import LoginResult, complete_login
from connection_svc.application.finish_activation import finish_activation
from connection_svc.domain.login import COOKIE_PREFIX, Callback, LoginOutcome, state_unknown
from connection_svc.domain.return_url import with_outcome
from connection_svc.entrypoints.http.context import InContext
from connection_svc.entrypoints.http.login_answer import COOKIE_PATH
from koppel.platform.http import problems
from koppel.platform.telemetry import enrich_context, metrics

router = APIRouter(tags=["login"])

ProviderId = Annotated[str, Path(description="Id of the provider.")]

_BROUGHT = {
    "state": "What the login began with; names it.",
    "code": "The provider's authorization code; left out where the person said no.",
    "error": "Why there is no code, in the words of OAuth 2.0.",
    "iss": "The provider's issuer, where it says it (RFC 9207).",
}
_QUERY = [
    {"name": name, "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
    for name, text in _BROUGHT.items()
]
_SHOWN = {LoginOutcome.AUTHORIZED: "authorized", LoginOutcome.DENIED: "denied"}
_ONCE = ("code", "error", "iss")
_LONGEST = 4096
_MOST_NAMED = 20
"""Administrations in a return URL."""


@router.get(
    "/v1/oauth/{provider}/callback",
    operation_id="finish_login",
    openapi_extra={"parameters": _QUERY},
    status_code=303,
    response_class=Response,
    responses=problems(
        state_unknown=400, state_already_used=400, still_in_progress=503, service_stopping=503
    ),
)
async def callback(request: Request, provider: ProviderId, context: InContext) -> Response:
    """Finish a login. The provider sends the browser here; it goes on to the return URL with `connection_id`, `outcome`, `code`, `missing` and `retry_after`."""
    # A browser that leaves, or a process that stops, must not cut what the provider has given already.
    finish = finish_activation if context.ports.providers.gives_keys(provider) else complete_login
    login = finish(context.ports, callback_of(request, provider), context.browser_binding)
    result = await context.in_flight.result(context.in_flight.begin(login, "a login"))
    enrich_context(organisation_id=result.login.organisation_id)
    code = result.ending.code
    metrics.count("koppel_logins_total", provider=result.login.provider, outcome=code or "authorized")
    return _redirect(result, secure=context.secure_cookies)


def callback_of(request: Request, provider: str) -> Callback:
    """What the browser brought, as far as it can be an answer of a provider. Raises `Permanent` (`state_unknown`)."""
    query = request.query_params
    states = query.getlist("state")
    if len(states) != 1 or len(states[0]) > _LONGEST:
        raise state_unknown()
    return Callback(
        provider=provider,
        state=states[0],
        code=_single(query, "code"),
        error=_single(query, "error"),
        issuer=_single(query, "iss"),
        cookies=_cookies(request),
        malformed=any(len(query.getlist(name)) > 1 for name in _ONCE),
    )


def _cookies(request: Request) -> dict[str, str]:
    """The login rounds' own, as they were set: never quoted, and unquoting others' can take quadratic time."""
    texts = ";".join(request.headers.getlist("cookie")).split(";")
    pairs = (text.strip().partition("=") for text in texts)
    return {name: value for name, _, value in pairs if name.startswith(COOKIE_PREFIX)}


def _single(query: QueryParams, name: str) -> str | None:
    value = query.get(name)
    return value if value and len(value) <= _LONGEST else None


def _redirect(result: LoginResult, *, secure: bool) -> Response:
    login, ending = result.login, result.ending
    outcome = _SHOWN.get(ending.outcome, "failed")
    location = with_outcome(
        login.return_url,
        connection_id=str(login.connection_id),
        outcome=outcome,
        code=ending.code,
        missing=",".join(str(each) for each in ending.missing[:_MOST_NAMED]),
        retry_after=None if ending.retry_after is None else str(math.ceil(ending.retry_after)),
    )
    # No part of the incoming query is passed on to the return URL.
    headers = {"Location": location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    answer = Response(status_code=303, headers=headers)
    if ending.code != "browser_mismatch":
        answer.delete_cookie(login.cookie, path=COOKIE_PATH, httponly=True, samesite="lax", secure=secure)
    return answer
