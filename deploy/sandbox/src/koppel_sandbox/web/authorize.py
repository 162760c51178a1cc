"""`/connect/authorize`: from the client's request over login, company and consent back to the client."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from koppel_sandbox.oauth.login import Login, RefusedRequestError, UnusableRequestError
from koppel_sandbox.provider import Provider
from koppel_sandbox.web.pages import company_page, consent_page, error_page, login_page

_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def _html(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status, headers=_HEADERS)


def _redirect(location: str) -> RedirectResponse:
    return RedirectResponse(location, 303, headers=_HEADERS)


class Authorize:
    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[Route]:
        return [
            Route("/connect/authorize", self.begin, methods=["GET"]),
            Route("/connect/authorize/login", self.log_in, methods=["POST"]),
            Route("/connect/authorize/company", self.choose_company, methods=["POST"]),
            Route("/connect/authorize/consent", self.decide, methods=["POST"]),
        ]

    async def begin(self, request: Request) -> Response:
        query = dict(request.query_params)
        client = self._provider.settings.client(query.get("client_id", ""))
        try:
            login = self._provider.logins.begin(query, client)
        except UnusableRequestError as error:
            return _html(error_page(str(error)), 400)
        except RefusedRequestError as error:
            return _redirect(error.location)
        return _html(login_page(login.id))

    async def log_in(self, request: Request) -> Response:
        form = await request.form()
        login = self._provider.logins.find(str(form.get("transaction", "")))
        if login is None:
            return self._expired()
        user = self._provider.world.users.get(str(form.get("username", "")))
        if user is None or user.password != form.get("password"):
            return _html(login_page(login.id, "User name or password is wrong."), 401)
        login.user, login.company_id = user, None
        if user.default_company_id is not None and not login.shows_selector:
            return self._consent(login, user.default_company_id)
        return _html(self._selector(login))

    async def choose_company(self, request: Request) -> Response:
        form = await request.form()
        login = self._provider.logins.find(str(form.get("transaction", "")))
        if login is None or login.user is None:
            return self._expired()
        company_id = str(form.get("company", ""))
        if company_id not in login.user.company_ids:
            return _html(self._selector(login, "Choose one of your companies."), 400)
        return self._consent(login, company_id)

    async def decide(self, request: Request) -> Response:
        form = await request.form()
        login = self._provider.logins.find(str(form.get("transaction", "")))
        if login is None or login.user is None or login.company_id is None:
            return self._expired()
        decision = form.get("decision")
        if decision not in {"allow", "deny"}:
            return _html(error_page("decision must be allow or deny."), 400)
        self._provider.logins.end(login)
        if decision == "deny":
            return _redirect(login.back(error="access_denied"))
        code = self._provider.grants.authorize(login, login.user, login.company_id)
        return _redirect(login.back(code=code, scope=" ".join(login.scopes), iss=issuer(request)))

    def _consent(self, login: Login, company_id: str) -> Response:
        login.company_id = company_id
        name = self._provider.world.describe(company_id)["name"]
        return _html(consent_page(login.id, login.client_id, str(name), login.scopes))

    def _selector(self, login: Login, message: str = "") -> str:
        ids = login.user.company_ids if login.user else ()
        return company_page(login.id, map(self._provider.world.describe, ids), message)

    def _expired(self) -> Response:
        return _html(
            error_page("This login has expired or was not begun. Start again at the application."), 400
        )


def issuer(request: Request) -> str:
    return str(request.base_url).rstrip("/")
