"""From exceptions to problems, for everything that an application can raise."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from koppel.kernel.errors import FieldError, IllegalTransition, KoppelError, Transient
from koppel.platform.database import UNAVAILABLE
from koppel.platform.http.context import audit_refused
from koppel.platform.http.methods import Methods
from koppel.platform.http.problems import from_error, problem_response, status_of
from koppel.platform.http.refusals import RefusalLines
from koppel.platform.http.request_boundary import method_of, route_of

log = logging.getLogger(__name__)

_refusals = RefusalLines()

_MOST_ERRORS = 1_000
_LONGEST_STEP = 200
"""Characters of a member's name in a pointer: an unknown one is the caller's own text."""
# Messages in which pydantic repeats a part of the input.
_ECHOING = {
    "uuid_parsing": "Input should be a valid UUID",
    "union_tag_invalid": "The discriminator names no known kind",
}
_BOUNDS = ("max_length", "min_length", "ge", "gt", "le", "lt")
"""How pydantic calls the bound that a value broke."""
_OF_HTTP = {
    400: ("malformed_json", "The body is not valid JSON."),
    404: ("route_not_found", "There is no such route."),
    405: ("method_not_allowed", "The route does not take this method."),
}


def install(app: FastAPI) -> None:
    """Register all handlers. What none of them knows is answered by the request boundary."""
    app.add_exception_handler(KoppelError, _koppel_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    for kind in set(UNAVAILABLE) - {OSError}:  # which may be of anything here
        app.add_exception_handler(kind, _database_away)


async def _koppel_error(request: Request, error: Exception) -> Response:
    known = cast("KoppelError", error)
    status = status_of(known)
    if status >= 500:
        log.warning("answered %d: %s", status, known)
    if status in (401, 403):
        method, route = method_of(request.scope), route_of(request.scope)
        _refusals.write(status=status, code=known.code, method=method, route=route)
    if isinstance(known, IllegalTransition):
        with suppress(*UNAVAILABLE):
            await audit_refused(request, known)
    return from_error(known)


async def _database_away(_: Request, error: Exception) -> Response:
    if isinstance(error, ValueError):
        raise error  # asyncpg's client-side DataError: our own wrong argument, not an outage
    log.warning("the database is unavailable: %s", type(error).__name__)
    return from_error(Transient("database_unavailable", "The database cannot be reached now; try again."))


async def _http_exception(request: Request, error: Exception) -> Response:
    known = cast("HTTPException", error)
    code, detail = _OF_HTTP.get(known.status_code, (f"http_{known.status_code}", "The request was refused."))
    headers = known.headers
    if known.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (allowed := _allowed(request)):
        headers = {"Allow": ", ".join(allowed)}
    return problem_response(known.status_code, code, detail, headers=headers)


def _allowed(request: Request) -> Sequence[str]:
    methods: Methods = request.app.state.methods
    return methods.of(request.scope["path"])


async def _validation_error(_: Request, error: Exception) -> Response:
    known = cast("RequestValidationError", error)
    problems = known.errors()
    if any(problem["type"] == "json_invalid" for problem in problems):
        return problem_response(400, *_OF_HTTP[400])
    errors = [_field_error(problem, known.body) for problem in problems[:_MOST_ERRORS]]
    return problem_response(422, "invalid_input", "The request has bad fields; see errors.", errors=errors)


def _field_error(problem: Mapping[str, Any], body: object) -> FieldError:
    message = _ECHOING.get(problem["type"], str(problem["msg"]).removeprefix("Value error, "))
    where, *path = problem["loc"] or ("body",)
    code: str = problem["type"]
    if where == "body":
        pointer = _pointer(path, body, missing=code == "missing")
    else:
        pointer = "/".join([str(where), *map(str, path)])
    return FieldError(pointer, message, code, _bound(problem.get("ctx") or {}))


def _bound(context: Mapping[str, Any]) -> float | None:
    """Of the rule, never of what the caller sent."""
    bounds = (context[name] for name in _BOUNDS if name in context)
    return next((bound for bound in bounds if isinstance(bound, int | float)), None)


def _pointer(path: Sequence[str | int], body: object, *, missing: bool) -> str:
    """The JSON pointer of a pydantic location, without the union branches that pydantic mixes in."""
    steps: list[str] = []
    place: Any = body
    for position, step in enumerate(path):
        if _has(place, step):
            place = place[step]
        elif not (missing and position == len(path) - 1):
            continue
        steps.append(str(step)[:_LONGEST_STEP].replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{step}" for step in steps)


def _has(place: object, step: str | int) -> bool:
    if isinstance(place, Mapping):
        return step in place
    return isinstance(place, list) and isinstance(step, int) and step < len(place)
