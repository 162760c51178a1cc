"""Moneybird as the frame sees it."""

from collections.abc import Collection
from dataclasses import dataclass, field

from koppel_sandbox.books.changes import Altered, ChangeOrder
from koppel_sandbox.control.fields import Fields, InputError
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND
from koppel_sandbox.provider import NOT_THERE, Answer, Call, Caller, Start, Truncation
from koppel_sandbox.providers.moneybird.books.catalogue import KINDS
from koppel_sandbox.providers.moneybird.books.company import ADMINISTRATIONS, IDENTITIES
from koppel_sandbox.providers.moneybird.errors import ApiError, refused, too_many
from koppel_sandbox.providers.moneybird.rate_limit import rate_headers, resets_at
from koppel_sandbox.providers.moneybird.settings import Settings, read_settings
from koppel_sandbox.providers.moneybird.state import State
from koppel_sandbox.providers.moneybird.web.api import PREFIX, Api
from koppel_sandbox.providers.moneybird.web.authorize import Authorize
from koppel_sandbox.providers.moneybird.web.token import REVOCATION, TOKEN, TokenEndpoint
from koppel_sandbox.story.company import Company

_TOKEN_PATHS = {TOKEN, REVOCATION}


@dataclass(slots=True)
class Moneybird:
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
        form = call.form if call.path in _TOKEN_PATHS else {}
        sent = [call.bearer, *(form.get(name) for name in ("refresh_token", "code", "token"))]
        behind = (self._state.grants.behind(token) for token in sent if token)
        grant = next((each for each in behind if each is not None), None)
        first = call.path.removeprefix(PREFIX).partition("/")[0] if call.path.startswith(PREFIX) else ""
        client_id = form.get("client_id") or (grant.client_id if grant else None)
        company_id = first if self.has_company(first) else None
        return Caller(client_id, grant.id if grant else None, company_id)

    async def answer(self, call: Call, cut: Truncation | None) -> Answer:
        if not call.path.startswith(PREFIX):
            return self._authorize.answer(call) or self._tokens.answer(call) or NOT_THERE
        budget, address = self._state.budget, call.source_address
        may = budget.draw((address,))
        answer = self._read(call, cut) if may else too_many(resets_at(budget, address))
        violation = "rate_limit" if answer.status == 429 else None
        headers = (*answer.headers, *rate_headers(budget, address))
        return Answer(answer.status, answer.body, headers, answer.content_type, violation)

    def _read(self, call: Call, cut: Truncation | None) -> Answer:
        grant = self._state.grants.authenticate(call.bearer) if call.bearer else None
        try:
            return self._api.answer(call, grant, cut)
        except ApiError as error:
            return refused(error)

    def refusal(self, call: Call, status: int, retry_after: int | None) -> Answer:
        if call.path.startswith(PREFIX) and status == 429:
            return too_many(self.start.clock() // SECOND + (60 if retry_after is None else retry_after))
        return refused(ApiError(status, "This answer was ordered"))

    def reset(self, order: Fields) -> None:
        self._state.reset(read_settings(order, self._state.started_with))

    def settings(self) -> JsonObject:
        return self._state.settings.without_secrets()

    def population(self) -> JsonObject:
        world = self._state.world
        users = [user.described() for user in world.users.values()]
        return {"companies": [world.describe(each) for each in world.companies], "users": users}

    def registered(self) -> list[Company]:
        return self._state.world.registered()

    def has_company(self, company_id: str) -> bool:
        return company_id in self._state.world.companies

    def truth(self, company_id: str, collection: str, offset: int, limit: int | None) -> bytes:
        return self._state.world.books.truth(company_id, collection, offset, limit)

    def change(self, company_id: str, order: ChangeOrder) -> Altered:
        """Removing an administration's own entry makes it vanish from every login's list."""
        if order.collection in {ADMINISTRATIONS, IDENTITIES} and order.add:
            raise InputError(f"{order.collection} cannot be added")
        if order.collection == IDENTITIES and order.remove:
            raise InputError("identities can only be changed")
        return self._state.alter(self._state.world.books.plan(company_id, order))

    def windows(self) -> list[JsonObject]:
        return list(self._state.budget.open())
