"""Logging in and out."""

import time
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from koppel.kernel.errors import KoppelError
from koppel_console.pages import codes
from koppel_console.pages.form import PostedByGuest
from koppel_console.pages.visit import THEMES, Guest, Visit
from koppel_console.session.session import session_of
from koppel_console.words import LANGUAGES, Words

CALLBACK = "/login/callback"
router = APIRouter(include_in_schema=False)
_TITLE = Words("Inloggen", "Log in")


@router.get("/login")
async def log_in(visit: Guest, to: str = "/") -> Response:
    """Send the browser to the issuer; `to` is where it comes back to in the end."""
    urls = visit.parts.urls
    if visit.parts.cookies.browser(visit.request) is None and "again" not in visit.request.query_params:
        # The mark has to be in the browser before the round begins: two tabs that open at once would each make one.
        return visit.go(f"/login?{urlencode({'to': urls.own_path(to), 'again': '1'})}")
    begun, state = visit.parts.rounds.begin(visit.browser, urls.own_path(to), int(time.time()))
    try:
        where = await visit.parts.issuer.authorization_url(
            redirect_uri=urls.whole(CALLBACK),
            state=state,
            nonce=begun.nonce,
            challenge=begun.challenge,
            language=visit.language,
        )
    except KoppelError as error:
        return _failed(visit, error.code, to, 503)
    return visit.finished(RedirectResponse(where, 303))


@router.get(CALLBACK)
async def come_back(
    visit: Guest, state: str = "", code: str = "", error: str = "", iss: str | None = None
) -> Response:
    """From the issuer; the login is taken from the browser that began it."""
    parts = visit.parts
    begun = parts.rounds.of(state, parts.cookies.browser(visit.request), int(time.time()))
    if begun is None:
        return _failed(visit, "login_not_begun_here", "/", 400)
    if error or not code:
        return _failed(
            visit, "login_denied" if error == "access_denied" else "login_refused", begun.return_to, 400
        )
    try:
        if not await parts.issuer.is_sender(iss):
            return _failed(visit, "login_of_another_issuer", begun.return_to, 400)
        redirect_uri = parts.urls.whole(CALLBACK)
        tokens = await parts.issuer.exchange(code=code, verifier=begun.verifier, redirect_uri=redirect_uri)
        claims = await parts.issuer.id_claims(tokens, begun.nonce)
        visit.session = session_of(tokens, claims, int(time.time()))
        answer = visit.go(begun.return_to)
        parts.cookies.keep_session(answer, visit.session)
    except KoppelError as failure:
        visit.session = None
        return _failed(visit, failure.code, begun.return_to, 502)
    return answer


@router.post("/logout")
async def log_out(visit: Guest, form: PostedByGuest) -> Response:
    """Forget the login here; the issuer's own is a link on the next page."""
    del form
    answer = visit.go("/logged-out")
    visit.parts.cookies.forget_session(answer)
    return answer


@router.get("/logged-out")
async def logged_out(visit: Guest) -> Response:
    """Says so, and offers to log out of the issuer as well."""
    elsewhere = await visit.parts.issuer.end_session_url(visit.parts.urls.whole("/logged-out"))
    visit.session = None
    return visit.page("logged_out.html", Words("U bent uitgelogd", "You are logged out"), elsewhere=elsewhere)


@router.get("/logged-in")
async def logged_in(visit: Guest) -> Response:
    """For the tab that was opened to log in while a form waits in another one."""
    return visit.page("logged_in.html", Words("U bent ingelogd", "You are logged in"))


@router.post("/view")
async def choose_view(visit: Guest, form: PostedByGuest) -> Response:
    """Language, theme and clock of this browser."""
    answer = visit.go(visit.parts.urls.own_path(form.text("to", 2000)))
    language = form.text("language") if form.text("language") in LANGUAGES else visit.language
    theme = form.text("theme") if form.text("theme") in THEMES else ""
    visit.parts.cookies.keep_view(answer, language, theme, "utc" if form.text("clock") == "utc" else "")
    return answer


def _failed(visit: Visit, code: str, to: str, status: int) -> Response:
    visit.session = None
    why = codes.meaning(code, visit.language, otherwise=" ").strip()
    to = visit.parts.urls.own_path(to)
    return visit.page("login_failed.html", _TITLE, status=status, why=why, code=code, to=to)
