"""eAccounting as the frame sees it."""

from collections.abc import Collection
from dataclasses import dataclass, field

import orjson

from koppel_sandbox.books.changes import Altered, ChangeOrder
from koppel_sandbox.control.fields import Fields, InputError
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.oauth.clients import client_credentials
from koppel_sandbox.provider import NOT_THERE, Answer, Call, Caller, Start, Truncation
from koppel_sandbox.providers.eaccounting.books.catalogue import KINDS, SETTINGS
from koppel_sandbox.providers.eaccounting.errors import ApiError, code_for, error_body, limit_text
from koppel_sandbox.providers.eaccounting.settings import Settings, read_settings
from koppel_sandbox.providers.eaccounting.state import State
from koppel_sandbox.providers.eaccounting.web.api import PREFIX, Api
from koppel_sandbox.providers.eaccounting.web.authorize import Authorize
from koppel_sandbox.providers.eaccounting.web.token import REVOCATION, TOKEN, TokenEndpoint
from koppel_sandbox.story.company import Company

_TOKEN_PATHS = {TOKEN, REVOCATION}


@dataclass(slots=True)
class EAccounting:
    start: Start
    at_once: int | None = None
    think_seconds: float = 0.0
    collections: Collection[str] = field(default_factory=KINDS.keys)
    _state: State = field(init=False)
    _api: Api = field(init=False)
    _authorize: Authorize = field(init=False)
    _tokens: TokenEndpoint = field(init=False)

    def __post_init__(self) -> None:
        """Raises InputError for options that cannot be."""
        settings = read_settings(Fields(self.start.options), Settings())
        self._state = State(settings, self.start.clock, self.start.journal)
        self._api = Api(self._state)
        self._authorize = Authorize(self._state)
        self._tokens = TokenEndpoint(self._state)

    def is_noted(self, path: str) -> bool:
        return path.startswith(PREFIX) or path in _TOKEN_PATHS

    def caller(self, call: Call) -> Caller:
        grants = self._state.grants
        if call.path in _TOKEN_PATHS:
            form = call.form
            sent = (form.get(name) for name in ("refresh_token", "code", "token"))
            grant = next((grants.behind(token) for token in sent if token), None)
            client_id = client_credentials(call.headers.get("authorization", ""), form)[0] or None
        else:
            grant = grants.behind(call.bearer) if call.bearer else None
            client_id = grant.client_id if grant else None
        return Caller(client_id, grant.id if grant else None, grant.company_id if grant else None)

    async def answer(self, call: Call, cut: Truncation | None) -> Answer:
        if call.path.startswith(PREFIX):
            return self._read(call, cut)
        return self._authorize.answer(call) or self._tokens.answer(call) or NOT_THERE

    def _read(self, call: Call, cut: Truncation | None) -> Answer:
        grant = self._state.grants.authenticate(call.bearer) if call.bearer else None
        try:
            return Answer(200, self._api.answer(call.method, call.path, call.query_string, grant, cut))
        except ApiError as error:
            violation = "rate_limit" if error.status == 429 else None
            return Answer(error.status, error_body(error.code, error.message), violation=violation)

    def refusal(self, call: Call, status: int, retry_after: int | None) -> Answer:
        if not call.path.startswith(PREFIX):
            error = "temporarily_unavailable" if status >= 500 else "invalid_request"
            return Answer(status, orjson.dumps({"error": error}))
        text = limit_text(retry_after or 60) if status == 429 else "This answer was ordered"
        return Answer(status, error_body(code_for(status), text))

    def reset(self, order: Fields) -> None:
        self._state.reset(read_settings(order, self._state.started_with))

    def settings(self) -> JsonObject:
        return self._state.settings.without_secrets()

    def population(self) -> JsonObject:
        world = self._state.world
        return {
            "companies": [
                {**world.describe(company_id), "status": "active"} for company_id in world.company_ids
            ],
            "users": [
                {"username": user.username, "password": user.password, "company_ids": user.company_ids,
                 "default_company_id": user.default_company_id}
                for user in world.users.values()
            ],
        }  # fmt: skip

    def registered(self) -> list[Company]:
        return self._state.world.registered()

    def has_company(self, company_id: str) -> bool:
        return self._state.world.has_company(company_id)

    def truth(self, company_id: str, collection: str, offset: int, limit: int | None) -> bytes:
        return self._state.world.books.truth(company_id, collection, offset, limit)

    def change(self, company_id: str, order: ChangeOrder) -> Altered:
        if order.collection == SETTINGS and (order.add or order.remove):
            raise InputError("companysettings can only be changed")
        return self._state.alter(self._state.world.books.plan(company_id, order))

    def windows(self) -> list[JsonObject]:
        return list(self._state.rate_limit.open())
