"""SnelStart as the frame sees it."""

from collections.abc import Collection
from dataclasses import dataclass, field

import orjson

from koppel_sandbox.books.changes import Altered, ChangeOrder
from koppel_sandbox.control.fields import Fields, InputError
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.provider import NOT_THERE, Answer, Call, Caller, Start, Truncation
from koppel_sandbox.providers.snelstart.books.catalogue import KINDS
from koppel_sandbox.providers.snelstart.books.company import COMPANY_INFO
from koppel_sandbox.providers.snelstart.errors import denied, gateway, refused
from koppel_sandbox.providers.snelstart.notices import DELETE, REGENERATE, Notices
from koppel_sandbox.providers.snelstart.settings import Settings, read_settings
from koppel_sandbox.providers.snelstart.state import State
from koppel_sandbox.providers.snelstart.web.activation import Activation
from koppel_sandbox.providers.snelstart.web.api import PREFIX, Api
from koppel_sandbox.providers.snelstart.web.token import TOKEN, token
from koppel_sandbox.story.company import Company

KEYS = "keys"
"""A collection for change orders: one is changed (replaced, `Regenerate`) or removed (`Delete`)."""


@dataclass(slots=True)
class SnelStart:
    start: Start
    at_once: int | None = 5
    think_seconds: float = 0.0
    collections: Collection[str] = (*KINDS, KEYS)
    _state: State = field(init=False)
    _notices: Notices = field(default_factory=Notices)
    _activation: Activation = field(init=False)

    def __post_init__(self) -> None:
        """Raises InputError for options that cannot be."""
        settings = read_settings(Fields(self.start.options), Settings())
        self._state = State(settings, self.start.clock, self.start.journal)
        self._activation = Activation(self._state, self._notices)

    def is_noted(self, path: str) -> bool:
        return path.startswith(PREFIX) or path == TOKEN

    def caller(self, call: Call) -> Caller:
        """There are no clients: who calls is the administration whose key it is."""
        sent = call.form.get("clientkey", "") if call.path == TOKEN else call.bearer or ""
        company_id = self._state.keys.behind(sent)
        return Caller(None, company_id, company_id)

    async def answer(self, call: Call, cut: Truncation | None) -> Answer:
        if call.path.startswith(PREFIX):
            return Api(self._state).answer(call, cut)
        return await self._activation.answer(call) or token(self._state, call) or NOT_THERE

    def refusal(self, call: Call, status: int, retry_after: int | None) -> Answer:
        if status == 401 and call.path.startswith(PREFIX):
            return denied()
        if status == 429 or status >= 500:
            return gateway(status, "This answer was ordered", retry_after)
        return refused(status, "ALG-0001", "This answer was ordered")

    def reset(self, order: Fields) -> None:
        self._state.reset(read_settings(order, self._state.started_with))
        self._activation = Activation(self._state, self._notices)

    def settings(self) -> JsonObject:
        return self._state.settings.without_secrets()

    def population(self) -> JsonObject:
        world, keys = self._state.world, self._state.keys
        users = [user.described() for user in world.users.values()]
        held = [(company_id, keys.of(company_id)) for company_id in world.companies]
        return {
            "companies": [{**world.describe(each), "status": "active"} for each in world.companies],
            "users": users,
            "keys": [
                {"company_id": company_id, "credentials": {"key": key}} for company_id, key in held if key
            ],
        }

    def registered(self) -> list[Company]:
        return self._state.world.registered()

    def has_company(self, company_id: str) -> bool:
        return company_id in self._state.world.companies

    def truth(self, company_id: str, collection: str, offset: int, limit: int | None) -> bytes:
        if collection == KEYS:
            key = self._state.keys.of(company_id)
            items = [{"key": key}] if key else []
            return orjson.dumps({"items": items, "total": len(items)})
        return self._state.world.books.truth(company_id, collection, offset, limit)

    def change(self, company_id: str, order: ChangeOrder) -> Altered:
        if order.collection == KEYS:
            return self._change_key(company_id, order)
        if order.collection == COMPANY_INFO and (order.add or order.remove):
            raise InputError("companyInfo can only be changed")
        return self._state.alter(self._state.world.books.plan(company_id, order))

    def _change_key(self, company_id: str, order: ChangeOrder) -> Altered:
        """With a notice, when the key was made under a reference."""
        if order.add or order.change + order.remove != 1:
            raise InputError("one key can be changed or removed")
        keys, reference = self._state.keys, self._activation.references.get(company_id)
        before = keys.of(company_id) or ""
        if order.remove:
            keys.delete(company_id)
        key, action = (before, DELETE) if order.remove else (keys.renew(company_id), REGENERATE)
        if reference is not None and self._state.settings.notices != "never":
            self._notices.send_later(self._state.settings, key, action, reference, wait=False)
        return Altered([], [], [key]) if order.remove else Altered([key], [], [])

    def windows(self) -> list[JsonObject]:
        return self._state.budgets.windows()
