"""The pages of a login: whose organisation, who of its people; or a new organisation, or an operator."""

import secrets
from http import HTTPStatus
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from koppel_identity.claims import Person, operator
from koppel_identity.clients import CLIENTS
from koppel_identity.directory.directory import Directory
from koppel_identity.directory.services import Unavailable
from koppel_identity.issuer import Issuer
from koppel_identity.login import Attempt, OAuthError
from koppel_identity.store.attempts import Attempts
from koppel_identity.store.codes import Codes
from koppel_identity.store.devices import Devices
from koppel_identity.store.logins import Logins
from koppel_identity.store.organisations import Organisation
from koppel_identity.web import fields
from koppel_identity.web.authorize import COOKIE, back
from koppel_identity.web.forms import comes_from_elsewhere, form_of
from koppel_identity.web.pages import Pages
from koppel_identity.web.texts import LANGUAGES

_LONGEST_SEARCH = 100


class LoginPages:
    def __init__(
        self,
        *,
        issuer: Issuer,
        attempts: Attempts,
        logins: Logins,
        codes: Codes,
        devices: Devices,
        directory: Directory,
        pages: Pages,
    ) -> None:
        self._issuer = issuer
        self._attempts = attempts
        self._logins = logins
        self._codes = codes
        self._devices = devices
        self._directory = directory
        self._pages = pages

    async def show(self, request: Request) -> Response:
        """The organisations, or with `?organisation=` the people of one."""
        attempt = self._attempt(request)
        if attempt is None:
            return self._pages.error(request, "attempt_unknown")
        language = request.query_params.get("lang", "")
        if language in LANGUAGES:
            self._attempts.speak(attempt, language)
            return RedirectResponse(f"/login/{attempt.id}", 303)
        search = request.query_params.get("q", "").strip()[:_LONGEST_SEARCH]
        chosen = _id(request.query_params.get("organisation", ""))
        if chosen is not None:
            organisation = await self._directory.organisation(chosen)
            return await self._people(attempt, organisation, search=search)
        return await self._organisations(attempt, search=search)

    async def choose_person(self, request: Request) -> Response:
        """Somebody of a directory."""
        attempt, form = await self._sent(request)
        if attempt is None:
            return self._pages.error(request, form["error"])
        organisation_id, person_id = _id(form.get("organisation", "")), _id(form.get("person", ""))
        if organisation_id is None:
            return await self._organisations(attempt)
        organisation = await self._directory.organisation(organisation_id)
        try:
            person = await self._directory.person(organisation, person_id) if person_id else None
        except Unavailable:
            person = None
        if person is None:
            return await self._people(attempt, organisation, wrong=["person_wrong"])
        return self._finish(request, attempt, person)

    async def make_organisation(self, request: Request) -> Response:
        """A new one, with the person who logs in as its beheerder."""
        attempt, form = await self._sent(request)
        if attempt is None:
            return self._pages.error(request, form["error"])
        organisation, name = fields.name(form.get("name", "")), fields.name(form.get("person", ""))
        email = fields.email(form.get("email", ""))
        if not (organisation and name and email):
            told = {"organisation_name_wrong": organisation, "name_wrong": name, "email_wrong": email}
            wrong = [text for text, value in told.items() if not value]
            return await self._organisations(attempt, wrong=wrong, typed=form)
        return self._finish(request, attempt, await self._directory.add(organisation, name, email))

    async def be_operator(self, request: Request) -> Response:
        """Somebody who operates all of it."""
        attempt, form = await self._sent(request)
        if attempt is None:
            return self._pages.error(request, form["error"])
        name = fields.name(form.get("operator", ""))
        if name is None:
            return await self._organisations(attempt, wrong=["name_wrong"], typed=form)
        return self._finish(request, attempt, operator(name, payload=form.get("payload") == "yes"))

    async def cancel(self, request: Request) -> Response:
        """Nobody logs in."""
        attempt, form = await self._sent(request)
        if attempt is None:
            return self._pages.error(request, form["error"])
        if not self._attempts.end(attempt):
            return self._pages.error(request, "attempt_unknown")
        if attempt.asked.device:
            self._devices.deny(attempt.asked.device)
            return self._say(attempt, "denied")
        uri = back(self._issuer, attempt.asked.redirect_uri, attempt.asked.state, error="access_denied")
        return RedirectResponse(uri, HTTPStatus.SEE_OTHER)

    def _finish(self, request: Request, attempt: Attempt, person: Person) -> Response:
        if not self._attempts.end(attempt):
            return self._pages.error(request, "attempt_unknown")
        login = self._logins.begin(attempt.asked.client_id, person)
        if attempt.asked.device:
            if not self._devices.approve(attempt.asked.device, login):
                return self._pages.error(request, "attempt_unknown")
            return self._say(attempt, "done")
        code = self._codes.issue(attempt.asked, login)
        uri = back(self._issuer, attempt.asked.redirect_uri, attempt.asked.state, code=code)
        return RedirectResponse(uri, HTTPStatus.SEE_OTHER)

    def _say(self, attempt: Attempt, text: str) -> Response:
        return self._pages.show("message", attempt.language, title=f"{text}_title", text=text, wrong=False)

    def _attempt(self, request: Request) -> Attempt | None:
        return self._attempts.find(request.path_params["attempt"], browser=request.cookies.get(COOKIE, ""))

    async def _sent(self, request: Request) -> tuple[Attempt | None, dict[str, str]]:
        """A form of a page of ours, sent by the browser that it was shown in; else the name of what is wrong, as `error`."""
        attempt = self._attempt(request)
        if attempt is None:
            return None, {"error": "attempt_unknown"}
        try:
            form = await form_of(request)
        except OAuthError:
            return None, {"error": "form_foreign"}
        known = secrets.compare_digest(form.get("csrf", "").encode(), attempt.csrf.encode())
        if not known or comes_from_elsewhere(request, self._issuer.name):
            return None, {"error": "form_foreign"}
        return attempt, form

    async def _organisations(
        self,
        attempt: Attempt,
        *,
        search: str = "",
        wrong: list[str] | None = None,
        typed: dict[str, str] | None = None,
    ) -> Response:
        found = await self._directory.organisations(search)
        return self._show("organisations", attempt, wrong, found=found, search=search, typed=typed or {})

    async def _people(
        self,
        attempt: Attempt,
        organisation: Organisation,
        *,
        search: str = "",
        wrong: list[str] | None = None,
    ) -> Response:
        found = await self._directory.people(organisation, search)
        return self._show("people", attempt, wrong, organisation=organisation, found=found, search=search)

    def _show(self, template: str, attempt: Attempt, wrong: list[str] | None, **shown: object) -> Response:
        return self._pages.show(
            template,
            attempt.language,
            status=HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK,
            returns_to=attempt.asked.redirect_uri,
            attempt=attempt,
            client=CLIENTS[attempt.asked.client_id].name,
            wrong=wrong or [],
            **shown,
        )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
