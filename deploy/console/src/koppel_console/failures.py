"""What could not be shown or done, as a page with a way on: never a stack trace, never a blank."""

from urllib.parse import urlencode

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Match

from koppel_console.pages.form import FormRefused, read_form
from koppel_console.pages.visit import LoginNeeded, NotThere, Visit, visit_of
from koppel_console.services.calls import TokenRefused
from koppel_console.words import Words

_NOT_FOUND = Words("Deze pagina is er niet", "This page is not there")
_REFUSED = Words("Formulier niet aangenomen", "Form not taken")
_AGAIN = Words("Log opnieuw in", "Log in again")
_SORRY = Words("Er ging iets mis", "Something went wrong")
_NOT_HERE = Words("Nu niet te tonen", "Cannot be shown now")
_FORBIDDEN = Words("Geen toegang", "No access")


def install(app: FastAPI) -> None:
    """Every failure that a route may raise has its page."""
    app.add_exception_handler(LoginNeeded, _log_in)
    app.add_exception_handler(TokenRefused, _log_in)
    app.add_exception_handler(FormRefused, _refused)
    app.add_exception_handler(NotThere, _not_there)
    app.add_exception_handler(RequestValidationError, _not_found)
    app.add_exception_handler(HTTPException, _http)


def error_page(request: Request) -> Response:
    """For what nobody foresaw. Makes no use of templates, which may be what failed."""
    del request
    html = (
        "<!doctype html><html lang=nl><title>Er ging iets mis</title><h1>Er ging iets mis</h1>"
        "<p>Er is niets verloren. Ga terug en probeer het opnieuw."
        "<p lang=en>Something went wrong. Nothing is lost: go back and try again.</html>"
    )
    return HTMLResponse(html, 500)


async def _log_in(request: Request, error: Exception) -> Response:
    """To the login page and back to this very place; what was typed is kept in the page meanwhile."""
    visit = visit_of(request)
    if visit.is_part:
        return Response(status_code=401, headers={"HX-Refresh": "true"})
    if request.method in {"GET", "HEAD"}:
        return _to_login(visit, ended=isinstance(error, TokenRefused))
    try:
        form = await read_form(request)
    except FormRefused as refused:
        return await _refused(request, refused)
    kept = [(name, value) for name, values in form.fields.items() for value in values]
    return visit.page("send_again.html", _AGAIN, status=401, kept=kept)


def _to_login(visit: Visit, *, ended: bool) -> Response:
    """A token that services refuse although it should hold would lead round in a circle: then a page says so."""
    if ended and visit.request.query_params.get("after") == "login":
        return visit.page(
            "login_failed.html", _AGAIN, status=401, why="", code="token_refused", to=visit.path
        )
    where = visit.parts.urls.path("/login")
    answer = visit.finished(RedirectResponse(f"{where}?{urlencode({'to': visit.path})}", 303))
    if ended:
        visit.parts.cookies.forget_session(answer)
    return answer


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, FormRefused):
        raise error
    visit = visit_of(request)
    return visit.page("refused.html", _REFUSED, status=error.status, why=visit.said(error.words))


async def _not_there(request: Request, error: Exception) -> Response:
    if not isinstance(error, NotThere):
        raise error
    problem = error.problem
    title = _FORBIDDEN if problem.is_forbidden else _NOT_FOUND if problem.is_not_found else _NOT_HERE
    status = 503 if problem.is_silence else problem.status
    return visit_of(request).page("not_there.html", title, status=status, problem=problem)


async def _not_found(request: Request, error: Exception) -> Response:
    del error
    return visit_of(request).page("not_found.html", _NOT_FOUND, status=404)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 405 and request.method in {"GET", "HEAD"}:
        visit = visit_of(request)
        query = request.url.query
        return visit.go(f"{_page_above(request)}{'?' if query else ''}{query}")
    return visit_of(request).page("not_found.html", _NOT_FOUND if status == 404 else _SORRY, status=status)


def _page_above(request: Request) -> str:
    """The nearest page over an address that only takes forms: a page that came of a form has that address, and people reload it."""
    path: str = request.scope["path"]
    while path:
        path = path.rpartition("/")[0]
        asked = {"type": "http", "method": "GET", "path": path or "/", "root_path": "", "headers": []}
        if any(route.matches(asked)[0] is Match.FULL for route in request.app.router.routes):
            break
    return path or "/"
