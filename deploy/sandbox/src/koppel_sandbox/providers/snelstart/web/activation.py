"""`/couplings/activate/{app}`: a person chooses an administration; its key goes out in a notice, the browser back."""

import secrets
from dataclasses import dataclass

from koppel_sandbox.instants import SECOND
from koppel_sandbox.oauth.pages import Pages, redirect
from koppel_sandbox.provider import Answer, Call
from koppel_sandbox.providers.snelstart.notices import CREATE, Notices
from koppel_sandbox.providers.snelstart.state import State
from koppel_sandbox.users import User

PLACE = "/couplings/activate/"
_SECONDS = 900
_LONGEST_REFERENCE = 500


@dataclass(slots=True)
class _Visit:
    app: str
    reference: str
    back: str
    expires_at: int
    user: User | None = None
    company_id: str | None = None


class Activation:
    def __init__(self, state: State, notices: Notices) -> None:
        self._state = state
        self._notices = notices
        self._open: dict[str, _Visit] = {}
        self.references: dict[str, str] = {}
        """The last reference that a company's key was made under."""

    async def answer(self, call: Call) -> Answer | None:
        """None for a path that is not the activation page's."""
        if not call.path.startswith(PLACE):
            return None
        app, _, step = call.path.removeprefix(PLACE).partition("/")
        pages = Pages("SnelStart", call.prefix + PLACE + app)
        if call.method == "GET" and not step:
            return self._begin(call, app, pages)
        name = call.form.get("transaction", "")
        visit = self._open.get(name)
        if call.method != "POST" or visit is None or self._state.clock() >= visit.expires_at:
            return pages.expired()
        if step == "login":
            return self._log_in(call, name, visit, pages)
        if step == "company" and visit.user:
            return self._choose(call, name, visit, pages)
        if step == "consent" and visit.company_id:
            return await self._decide(call, name, visit, pages)
        return pages.expired()

    def _begin(self, call: Call, app: str, pages: Pages) -> Answer:
        query = call.query
        reference, back = query.get("referenceKey", ""), query.get("successUrl", "")
        if not 0 < len(reference) <= _LONGEST_REFERENCE or not back.startswith(("http://", "https://")):
            return pages.error("referenceKey of at most 500 characters and successUrl are needed.")
        name = secrets.token_urlsafe(24)
        self._open[name] = _Visit(app, reference, back, self._state.clock() + _SECONDS * SECOND)
        return pages.login(name)

    def _log_in(self, call: Call, name: str, visit: _Visit, pages: Pages) -> Answer:
        user = self._state.world.users.get(call.form.get("username", ""))
        if user is None or user.password != call.form.get("password"):
            return pages.login(name, "User name or password is wrong.")
        visit.user = user
        return pages.company(name, map(self._state.world.describe, user.company_ids))

    def _choose(self, call: Call, name: str, visit: _Visit, pages: Pages) -> Answer:
        ids = visit.user.company_ids if visit.user else ()
        company_id = call.form.get("company", "")
        if company_id not in ids:
            return pages.company(name, map(self._state.world.describe, ids), "Choose one of yours.")
        visit.company_id = company_id
        told = str(self._state.world.describe(company_id)["name"])
        return pages.consent(name, visit.app, told, ("read the administration",))

    async def _decide(self, call: Call, name: str, visit: _Visit, pages: Pages) -> Answer:
        del self._open[name]
        if call.form.get("decision") != "allow" or visit.company_id is None:
            return pages.error("Nothing was activated.")
        key, settings = self._state.keys.renew(visit.company_id), self._state.settings
        self.references[visit.company_id] = visit.reference
        if settings.notices == "before":
            await self._notices.send(settings, key, CREATE, visit.reference)
        elif settings.notices == "after":
            self._notices.send_later(settings, key, CREATE, visit.reference)
        return redirect(visit.back)
