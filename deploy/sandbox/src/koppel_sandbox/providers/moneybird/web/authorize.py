"""`/oauth/authorize`: from the client's request over login and consent back to the client."""

from koppel_sandbox.oauth.logins import UnusableRequestError
from koppel_sandbox.oauth.pages import Pages, redirect
from koppel_sandbox.provider import Answer, Call
from koppel_sandbox.providers.moneybird.oauth.login import Login
from koppel_sandbox.providers.moneybird.state import State

PLACE = "/oauth/authorize"


class Authorize:
    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, call: Call) -> Answer | None:
        """None for a path or a method that is none of the login's."""
        pages = Pages("Moneybird", call.prefix + PLACE)
        if (call.method, call.path) == ("GET", PLACE):
            return self._begin(call, pages)
        if call.method != "POST" or not call.path.startswith(PLACE + "/"):
            return None
        login = self._state.logins.find(call.form.get("transaction", ""))
        if call.path == PLACE + "/login":
            return self._log_in(call, login, pages) if login else pages.expired()
        if call.path == PLACE + "/consent":
            return self._decide(call, login, pages) if login and login.username else pages.expired()
        return None

    def _begin(self, call: Call, pages: Pages) -> Answer:
        query = call.query
        client = self._state.settings.client(query.get("client_id", ""))
        try:
            return pages.login(self._state.logins.begin(query, client).id)
        except UnusableRequestError as error:
            return pages.error(str(error))

    def _log_in(self, call: Call, login: Login, pages: Pages) -> Answer:
        form = call.form
        user = self._state.world.users.get(form.get("username", ""))
        if user is None or user.password != form.get("password"):
            return pages.login(login.id, "User name or password is wrong.")
        login.username = user.username
        names = [str(each["name"]) for each in self._state.world.reached_by(user.username)]
        return pages.consent(login.id, login.client_id, f"{len(names)} administrations", login.scopes)

    def _decide(self, call: Call, login: Login, pages: Pages) -> Answer:
        decision = call.form.get("decision")
        if decision not in {"allow", "deny"} or login.username is None:
            return pages.error("decision must be allow or deny.")
        self._state.logins.end(login)
        if decision == "deny":
            return redirect(login.back(error="access_denied", error_description="The user denied access."))
        return redirect(login.back(code=self._state.grants.authorize(login, login.username)))
