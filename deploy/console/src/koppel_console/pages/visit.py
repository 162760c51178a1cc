"""One request of a person: who it is, in which language, what the services answer, and the page that is made of it."""

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from koppel.platform.telemetry.context import current_context
from koppel_console.login.renewal import EARLY
from koppel_console.pages.formats import AMSTERDAM
from koppel_console.parts import Parts
from koppel_console.services.calls import Calls
from koppel_console.services.panel import Panel
from koppel_console.services.problem import Problem
from koppel_console.session.session import Session
from koppel_console.words import Language, Words, language_of

THEMES = ("light", "dark")


class LoginNeeded(Exception):
    """Nobody is logged in, or the token ended and could not be renewed."""


class NotThere(Exception):
    """What the page is about cannot be shown: gone, another office's, forbidden, or its service is silent."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


@dataclass(slots=True, kw_only=True)
class Visit:
    """`session` is None for a guest. Answers are made by `page` and `go`, which set the cookies that are due."""

    parts: Parts
    request: Request
    language: Language
    theme: str
    browser: str
    is_new_browser: bool
    session: Session | None
    is_renewed: bool = False
    chose_utc: bool = False

    @property
    def calls(self) -> Calls:
        """The services, as this person."""
        if self.session is None:
            raise LoginNeeded
        return Calls(
            self.parts.http,
            self.parts.services,
            self.parts.remembered,
            self.session,
            self.correlation_id,
        )

    @property
    def correlation_id(self) -> str:
        return str(current_context().correlation_id or "")

    @property
    def csrf_token(self) -> str:
        """Good for this browser and person, also after logging in again: what was typed is not lost."""
        who = (self.session.subject, self.session.organisation) if self.session else ("", "")
        return self.parts.seal.mac("csrf", self.browser, *who)

    @property
    def path(self) -> str:
        query = self.request.url.query
        return f"{self.request.scope['path']}{'?' if query else ''}{query}"

    @property
    def zone(self) -> tzinfo:
        """Whose clock times are told by: Amsterdam's, and UTC for an operator who chose it."""
        return UTC if self.chose_utc and self.session is not None and self.session.is_operator else AMSTERDAM

    @property
    def is_part(self) -> bool:
        return self.request.headers.get("hx-request") == "true"

    @staticmethod
    def query(**pairs: str) -> str:
        """Pairs as the query of an address."""
        return urlencode(pairs)

    def said(self, words: Words, **values: object) -> str:
        return words.said(self.language, **values)

    def page(
        self, template: str, title: Words | str, *, status: int = 200, command: str = "", **values: Any
    ) -> Response:
        """The page. `command` is the `koppel` line that does the same."""
        html = self.parts.pages.rendered(template, self, title, {"command": command, **values})
        return self.finished(HTMLResponse(html, status))

    def go(self, path: str) -> Response:
        """303 to a path of ours; so a reload sends no form again."""
        return self.finished(RedirectResponse(self.parts.urls.path(path), 303))

    def finished(self, answer: Response) -> Response:
        """The answer with the cookies that are due."""
        if self.is_new_browser:
            self.parts.cookies.keep_browser(answer, self.browser)
        if self.is_renewed and self.session is not None:
            self.parts.cookies.keep_session(answer, self.session)
        return answer


def needed(panel: Panel) -> Panel:
    """What a page cannot do without. Raises `NotThere` when there is nothing to show."""
    if not panel.is_there and panel.problem is not None:
        raise NotThere(panel.problem)
    return panel


def unless_gone(panel: Panel) -> Panel:
    """What a page is about, when the page can do without it while its service is silent. Raises `NotThere` when there is no such thing."""
    if panel.problem is not None and panel.problem.is_not_found:
        raise NotThere(panel.problem)
    return panel


async def guest(request: Request) -> Visit:
    """A visit whether somebody is logged in or not."""
    return visit_of(request)


def visit_of(request: Request) -> Visit:
    """The visit, as the browser's cookies tell it."""
    parts: Parts = request.app.state.parts
    chosen, theme, clock = parts.cookies.view(request)
    mark = parts.cookies.browser(request)
    return Visit(
        parts=parts,
        request=request,
        language=language_of(chosen, request.headers.get("accept-language")),
        theme=theme if theme in THEMES else "",
        browser=mark or secrets.token_urlsafe(24),
        is_new_browser=mark is None,
        session=parts.cookies.session(request),
        chose_utc=clock == "utc",
    )


async def visitor(request: Request) -> Visit:
    """A logged-in person's visit. Raises `LoginNeeded`."""
    visit = visit_of(request)
    if visit.session is None:
        raise LoginNeeded
    if visit.session.expires_at - EARLY > time.time():
        return visit
    renewed = await visit.parts.renewal.renewed(visit.session)
    if renewed is not None:
        visit.session, visit.is_renewed = renewed, True
    elif visit.session.expires_at <= time.time():
        raise LoginNeeded
    return visit


Guest = Annotated[Visit, Depends(guest)]
Visitor = Annotated[Visit, Depends(visitor)]
