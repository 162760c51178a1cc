"""+ Nieuwe verbinding: the package, its region or key, logging in there, and coming back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.form import CREDENTIAL, Form, Posted
from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visit, Visitor
from koppel_console.services.calls import Outcome, segment
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router)
_TITLE = Words("Nieuwe verbinding", "New connection")
_LOG_IN = Words("Inloggen bij het boekhoudpakket", "Log in at the accounting package")
RETURN = "/connections/returned"
_MOST_FIELDS = 10


@router.get("/connections/new")
async def new_connection(visit: Visitor, provider: str = "") -> Response:
    """First the package, then what it needs."""
    return await _ask(visit, provider)


@router.post("/connections/new")
async def create(visit: Visitor, form: Posted) -> Response:
    """A connection with a key works at once; one with a login is pending until the person was there."""
    provider = form.text("provider", 60)
    body: dict[str, object] = {"provider": provider}
    if name := form.text("name"):
        body["name"] = name
    if region := form.text("region", 60):
        body["region"] = region
    if pasted := _pasted(form):
        body["credentials"] = pasted
    else:
        body["return_url"] = visit.parts.urls.whole(RETURN)
    outcome = await visit.calls.act("POST", "connection-svc", "/v1/connections", body, key=form.key())
    if outcome.problem is not None:
        return await _ask(visit, provider, form, outcome.problem)
    return _onwards(visit, outcome, str(outcome.data.get("id")))


@router.post("/connections/{connection_id}/log-in")
async def log_in_again(visit: Visitor, form: Posted, connection_id: UUID) -> Response:
    """One more login round: another company, or the same grant again."""
    body: dict[str, object] = {}
    if grant := form.text("grant_id", 60):
        body["grant_id"] = grant
    if pasted := _pasted(form):
        body["credentials"] = pasted
    else:
        body["return_url"] = visit.parts.urls.whole(RETURN)
    path = f"/v1/connections/{connection_id}/authorizations"
    outcome = await visit.calls.act("POST", "connection-svc", path, body, key=form.key())
    if outcome.problem is not None:
        return visit.page(
            "log_in.html",
            _LOG_IN,
            status=outcome.problem.page_status,
            problem=outcome.problem,
            connection_id=connection_id,
        )
    return _onwards(visit, outcome, str(connection_id))


@router.get(RETURN)
async def returned(
    visit: Visitor, request: Request, connection_id: str = "", outcome: str = "", code: str = ""
) -> Response:
    """Where connection-svc sends the browser after a login, whatever became of it."""
    one = await visit.calls.read("connection-svc", f"/v1/connections/{segment(connection_id)}")
    authorized = outcome == "authorized"
    title = (
        Words("Ingelogd", "Logged in") if authorized else Words("Inloggen is niet gelukt", "The login failed")
    )
    return visit.page(
        "returned.html",
        title,
        command=f"koppel connections show {segment(connection_id)}" if connection_id else "",
        connection=one,
        connection_id=connection_id,
        authorized=authorized,
        denied=outcome == "denied",
        code=code[:60],
        missing=request.query_params.getlist("missing")[:20],
    )


async def _ask(
    visit: Visit, provider: str, form: Form | None = None, problem: Problem | None = None
) -> Response:
    packages = await visit.calls.read("connection-svc", "/v1/providers")
    package = next((each for each in packages if each.get("id") == provider), None)
    return visit.page(
        "new_connection.html",
        _TITLE,
        status=200 if problem is None else problem.page_status,
        command=_line_of(visit, package) if package else "koppel providers",
        packages=packages,
        package=package,
        form=form or Form({}),
        problem=problem,
    )


def _onwards(visit: Visit, outcome: Outcome, connection_id: str) -> Response:
    """A link to the package's own page: a redirect of a form to another host is what the policy forbids."""
    where = str(outcome.data.get("authorization_url") or "")
    if not where.startswith(("https://", "http://")):
        return visit.go(f"/connections/{segment(connection_id)}?authorized=1")
    answer = visit.page(
        "log_in.html",
        _LOG_IN,
        command=line("connections authorize", connection_id, return_url=visit.parts.urls.whole(RETURN)),
        where=where,
        connection=outcome.data,
        connection_id=connection_id,
        expires_at=outcome.data.get("expires_at"),
    )
    for cookie in outcome.cookies:
        answer.headers.append("set-cookie", cookie)
    return answer


def _line_of(visit: Visit, package: Mapping[str, Any]) -> str:
    """A key is pasted from a file: on a command line it would be kept in the shell's history."""
    if package.get("auth") == "api_key":
        return line("connections new", package["id"], credentials="key.json")
    return line("connections new", package["id"], return_url=visit.parts.urls.whole(RETURN))


def _pasted(form: Form) -> dict[str, str]:
    """What was pasted of a key, by the package's own names of fields."""
    given = form.starting(CREDENTIAL)
    return {name: value.strip()[:2000] for name, value in list(given.items())[:_MOST_FIELDS] if value.strip()}
