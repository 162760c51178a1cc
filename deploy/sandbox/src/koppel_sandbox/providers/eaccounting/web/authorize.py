"""`/connect/authorize`: from the client's request over login, company and consent back to the client."""

from koppel_sandbox.oauth.logins import UnusableRequestError
from koppel_sandbox.oauth.pages import Pages, redirect
from koppel_sandbox.provider import Answer, Call
from koppel_sandbox.providers.eaccounting.oauth.login import Login, RefusedRequestError
from koppel_sandbox.providers.eaccounting.state import State

PLACE = "/connect/authorize"


class Authorize:
    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, call: Call) -> Answer | None:
        """None for a path or a method that is none of the login's."""
        pages = Pages("eAccounting", call.prefix + PLACE)
        if (call.method, call.path) == ("GET", PLACE):
            return self._begin(call, pages)
        if call.method != "POST" or not call.path.startswith(PLACE + "/"):
            return None
        login = self._state.logins.find(call.form.get("transaction", ""))
        step = call.path.removeprefix(PLACE + "/")
        if step == "login":
            return self._log_in(call, login, pages) if login else pages.expired()
        if step == "company":
            return self._choose_company(call, login, pages) if login and login.user else pages.expired()
        if step == "consent":
            return self._decide(call, login, pages) if login and login.company_id else pages.expired()
        return None

    def _begin(self, call: Call, pages: Pages) -> Answer:
        query = call.query
        client = self._state.settings.client(query.get("client_id", ""))
        try:
            login = self._state.logins.begin(query, client)
        except UnusableRequestError as error:
            return pages.error(str(error))
        except RefusedRequestError as error:
            return redirect(error.location)
        return pages.login(login.id)

    def _log_in(self, call: Call, login: Login, pages: Pages) -> Answer:
        form = call.form
        user = self._state.world.users.get(form.get("username", ""))
        if user is None or user.password != form.get("password"):
            return pages.login(login.id, "User name or password is wrong.")
        login.user, login.company_id = user, None
        if user.default_company_id is not None and not login.shows_selector:
            return self._consent(login, user.default_company_id, pages)
        return self._selector(login, pages)

    def _choose_company(self, call: Call, login: Login, pages: Pages) -> Answer:
        company_id = call.form.get("company", "")
        if login.user is None or company_id not in login.user.company_ids:
            return self._selector(login, pages, "Choose one of your companies.")
        return self._consent(login, company_id, pages)

    def _decide(self, call: Call, login: Login, pages: Pages) -> Answer:
        decision = call.form.get("decision")
        if decision not in {"allow", "deny"}:
            return pages.error("decision must be allow or deny.")
        if login.user is None or login.company_id is None:
            return pages.expired()
        self._state.logins.end(login)
        if decision == "deny":
            return redirect(login.back(error="access_denied"))
        code = self._state.grants.authorize(login, login.user, login.company_id)
        return redirect(login.back(code=code, scope=" ".join(login.scopes), iss=call.base_url))

    def _consent(self, login: Login, company_id: str, pages: Pages) -> Answer:
        login.company_id = company_id
        name = self._state.world.describe(company_id)["name"]
        return pages.consent(login.id, login.client_id, str(name), login.scopes)

    def _selector(self, login: Login, pages: Pages, message: str = "") -> Answer:
        ids = login.user.company_ids if login.user else ()
        return pages.company(login.id, map(self._state.world.describe, ids), message)
