"""`/api/oauth2/auth`: from the client's request over login and consent back to the client."""

from html import escape
from urllib.parse import parse_qs

from koppel_sandbox.oauth.logins import UnusableRequestError
from koppel_sandbox.oauth.pages import Pages, redirect
from koppel_sandbox.provider import Answer, Call
from koppel_sandbox.providers.exact_online.oauth.chains import new_chain
from koppel_sandbox.providers.exact_online.oauth.login import Login
from koppel_sandbox.providers.exact_online.state import State
from koppel_sandbox.providers.exact_online.web.addresses import AUTHORIZE, Address

_RIGHTS = ("Financieel (lezen)", "CRM (lezen)", "Projecten (lezen)", "Organisatie (lezen)")
_MOST_BOXES = 200


class Authorize:
    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, call: Call, address: Address) -> Answer | None:
        """None for a path or a method that is none of the login's."""
        pages = Pages("Exact Online", call.prefix + address.prefix + AUTHORIZE)
        if (call.method, address.rest) == ("GET", AUTHORIZE):
            return self._begin(call, address.region, pages)
        if call.method != "POST" or not address.rest.startswith(AUTHORIZE + "/"):
            return None
        login = self._state.logins.find(call.form.get("transaction", ""))
        step = address.rest.removeprefix(AUTHORIZE + "/")
        if step == "login":
            return self._log_in(call, login, pages) if login else pages.expired()
        if step == "consent":
            return self._decide(call, login, pages) if login and login.user else pages.expired()
        return None

    def _begin(self, call: Call, region: str, pages: Pages) -> Answer:
        query = call.query
        client = self._state.settings.client(query.get("client_id", ""))
        try:
            login = self._state.logins.begin(region, query, client)
        except UnusableRequestError as error:
            return pages.error(str(error))
        return pages.login(login.id)

    def _log_in(self, call: Call, login: Login, pages: Pages) -> Answer:
        form = call.form
        user = self._state.world.person(form.get("username", ""))
        if user is None or user.password != form.get("password"):
            return pages.login(login.id, "User name or password is wrong.")
        login.user = user
        boxes = "".join(
            f'<label><input type="checkbox" name="without" value="{escape(division)}"> without '
            f"{escape(str(self._state.world.describe(division)['Description']))}</label>"
            for division in user.divisions[login.region][:_MOST_BOXES]
        )
        return pages.consent(login.id, login.client_id, "all divisions, now and later", _RIGHTS, boxes)

    def _decide(self, call: Call, login: Login, pages: Pages) -> Answer:
        decision = call.form.get("decision")
        if decision not in {"allow", "deny"}:
            return pages.error("decision must be allow or deny.")
        if login.user is None:
            return pages.expired()
        self._state.logins.end(login)
        if decision == "deny":
            return redirect(login.back(error="access_denied"))
        without = tuple(parse_qs(call.body.decode("utf-8", "replace")).get("without", ()))
        chain = new_chain(login.region, login.client_id, login.user.username, without)
        return redirect(login.back(code=self._state.chains.authorize(chain, login.redirect_uri)))
