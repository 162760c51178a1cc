"""Answers that start a login: kept sealed for their Idempotency-Key, with the browser's cookie."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from connection_svc.application.start_login import LoginRequest
from connection_svc.domain.login import LOGIN_LASTS
from connection_svc.entrypoints.http.connection_models import Authorization
from connection_svc.entrypoints.http.context import Context, RequestTransaction
from koppel.kernel.errors import FieldError, InvalidInput
from koppel.platform.http import RequestModel, idempotent
from koppel.platform.identity import Principal
from koppel.platform.vault import Place, VaultSeal

COOKIE_PATH = "/v1/oauth"


class WithCookie(Authorization):
    """The stored form of the answer, with the cookie for a repeated one. It is never sent in this form."""

    cookie_name: str
    cookie_value: str


def login_request(
    context: Context, return_url: str | None, principal: Principal, grant_id: UUID | None = None
) -> LoginRequest:
    """Raises `InvalidInput` for a return URL that is missing or not allowed."""
    if return_url is None:
        raise InvalidInput(
            "return_url_required",
            "Give a return URL or credentials.",
            [FieldError("/return_url", "required")],
        )
    return LoginRequest(
        return_url=context.return_urls.check(return_url), by=UUID(principal.subject), grant_id=grant_id
    )


async def login_answer(
    request: Request,
    *,
    context: Context,
    tx: RequestTransaction,
    principal: Principal,
    body: RequestModel,
    run: Callable[[], Awaitable[WithCookie]],
) -> Response:
    """Run once per key. The kept answer holds the state and the cookie, hence the seal."""
    place = Place(principal.organisation, principal.organisation, "authorization_answer", 0)
    seal = VaultSeal(context.vault, place)
    kept = await idempotent(request, tx.connection, principal, body, run, seal=seal)
    return _with_cookie(kept, secure=context.secure_cookies)


def _with_cookie(kept: Response, *, secure: bool) -> Response:
    content = orjson.loads(kept.body)
    name, value = content.pop("cookie_name"), content.pop("cookie_value")
    answer = Response(orjson.dumps(content), status_code=kept.status_code, media_type="application/json")
    if "Idempotency-Replayed" in kept.headers:
        answer.headers["Idempotency-Replayed"] = "true"
    answer.headers["Cache-Control"] = "no-store"
    answer.set_cookie(
        name,
        value,
        max_age=int(LOGIN_LASTS.total_seconds()),
        path=COOKIE_PATH,
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    return answer
