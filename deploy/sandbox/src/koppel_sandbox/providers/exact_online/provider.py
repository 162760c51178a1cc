"""Exact Online as the frame sees it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from html import escape

import orjson

from koppel_sandbox.books.changes import Altered, ChangeOrder
from koppel_sandbox.control.fields import Fields
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.provider import NOT_THERE, Answer, Call, Caller, Headers, Start, Truncation
from koppel_sandbox.providers.exact_online.books.catalogue import BY_NAME
from koppel_sandbox.providers.exact_online.books.divisions import kind_of, state_of
from koppel_sandbox.providers.exact_online.deleted import DELETED, DELETED_FEED
from koppel_sandbox.providers.exact_online.errors import ApiError, error_body
from koppel_sandbox.providers.exact_online.oauth.chains import Chain
from koppel_sandbox.providers.exact_online.settings import Settings, read_settings
from koppel_sandbox.providers.exact_online.state import State
from koppel_sandbox.providers.exact_online.web import tables
from koppel_sandbox.providers.exact_online.web.addresses import TOKEN, Address, address_of
from koppel_sandbox.providers.exact_online.web.api import Api
from koppel_sandbox.providers.exact_online.web.authorize import Authorize
from koppel_sandbox.providers.exact_online.web.token import TokenEndpoint
from koppel_sandbox.providers.exact_online.webhooks import SUBSCRIPTIONS
from koppel_sandbox.providers.exact_online.world import MOVES
from koppel_sandbox.settings import Client
from koppel_sandbox.story.company import Company

_COLLECTIONS = {**BY_NAME, DELETED: DELETED, DELETED_FEED: DELETED, MOVES: MOVES}
_COUNTED_ERRORS = {400, 401, 403, 404}
_XML = "application/atom+xml;charset=utf-8"


@dataclass(slots=True)
class ExactOnline:
    start: Start
    at_once: int | None = 1
    think_seconds: float = 0.002
    collections: Collection[str] = field(default_factory=_COLLECTIONS.keys)
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
        address = address_of(path)
        return address.is_api or address.rest == TOKEN

    def caller(self, call: Call) -> Caller:
        """Calls that list divisions belong to none: the number in their address is not looked at."""
        address = address_of(call.path)
        if address.rest == TOKEN:
            chain = self._tokens.chain_of(call)
            return Caller(call.form.get("client_id"), chain.id if chain else None)
        chain = self._state.chains.behind(call.bearer) if call.bearer else None
        division = address.division if address.is_of_division else None
        return Caller(chain.client_id if chain else None, chain.id if chain else None, division)

    async def answer(self, call: Call, cut: Truncation | None) -> Answer:
        address = address_of(call.path)
        if address.is_api:
            return await self._read(call, address, cut)
        return self._authorize.answer(call, address) or self._tokens.answer(call, address) or NOT_THERE

    async def _read(self, call: Call, address: Address, cut: Truncation | None) -> Answer:
        chain = self._state.chains.authenticate(call.bearer, address.region) if call.bearer else None
        known = chain or (self._state.chains.behind(call.bearer) if call.bearer else None)
        key = _error_key(known, address) if known else None
        if key is not None and self._state.limits.is_locked(key):
            return _refused(ApiError(403, "The key is blocked: too many errors.", violation="error_lock"))
        try:
            if chain is None:
                raise ApiError(401, "Unauthorized")
            return await self._counted(call, address, chain, cut)
        except ApiError as error:
            if key is not None and error.status in _COUNTED_ERRORS:
                self._state.limits.note_error(key)
            counters = self._counters(chain, address) if error.status != 429 else ()
            return _refused(error, counters)

    async def _counted(self, call: Call, address: Address, chain: Chain, cut: Truncation | None) -> Answer:
        """The answer to a call that the windows leave room for; a 429 tells the window that is used up."""
        if address.division is not None and address.is_of_division:
            full = self._state.limits.draw(chain.client_id, address.division)
            if full is not None:
                return Answer(429, b"", full, violation="rate_limit")
        headers = self._counters(chain, address)
        if call.method == "POST" and address.division is not None and address.resource == SUBSCRIPTIONS:
            return Answer(201, await self._subscribe(call, address.division, chain), headers)
        body = self._api.answer(call, address, chain, cut)
        if "json" in call.headers.get("accept", ""):
            return Answer(200, body, headers)
        return Answer(200, _as_atom(body), headers, _XML)

    async def _subscribe(self, call: Call, division: str, chain: Chain) -> bytes:
        self._api.guard(division, chain)
        state = self._state
        client, user = state.settings.client(chain.client_id), state.world.user(chain.username)
        made = await state.webhooks.subscribe(division, user.id, client or Client(), call.body)
        return orjson.dumps({"d": made.as_json()})

    def _counters(self, chain: Chain | None, address: Address) -> Headers:
        if chain is None or address.division is None or not address.is_of_division:
            return ()
        return self._state.limits.headers(chain.client_id, address.division)

    def refusal(self, call: Call, status: int, retry_after: int | None) -> Answer:
        del retry_after
        if not address_of(call.path).is_api:
            error = "temporarily_unavailable" if status >= 500 else "invalid_request"
            return Answer(status, orjson.dumps({"error": error}))
        return Answer(status, b"" if status == 429 else error_body("This answer was ordered"))

    def reset(self, order: Fields) -> None:
        self._state.reset(read_settings(order, self._state.started_with))

    def settings(self) -> JsonObject:
        return self._state.settings.without_secrets()

    def population(self) -> JsonObject:
        """`companies` and their users are those of the Netherlands; `regions` has the other countries'."""
        world = self._state.world
        return {
            "companies": [self._describe(division) for division in world.divisions["nl"]],
            "regions": {"be": [self._describe(division) for division in world.divisions["be"]]},
            "users": [
                {"id": user.id, "username": user.username, "password": user.password,
                 "company_ids": user.divisions["nl"]}
                for user in world.users.values()
            ],
        }  # fmt: skip

    def _describe(self, division: str) -> JsonObject:
        body = self._state.world.describe(division)
        return {
            "id": division,
            "name": body["Description"],
            "corporate_identity_number": body["ChamberOfCommerceNumber"],
            "status": state_of(body),
            "kind": kind_of(body),
        }

    def registered(self) -> list[Company]:
        return self._state.world.registered()

    def has_company(self, company_id: str) -> bool:
        return self._state.world.has(company_id)

    def truth(self, company_id: str, collection: str, offset: int, limit: int | None) -> bytes:
        return tables.truth(self._state, company_id, _COLLECTIONS[collection], offset, limit)

    def change(self, company_id: str, order: ChangeOrder) -> Altered:
        order = order._replace(collection=_COLLECTIONS[order.collection])
        done = self._state.alter(self._state.world.plan(company_id, order))
        self._state.webhooks.tell(company_id, order.collection, done)
        return done

    def windows(self) -> list[JsonObject]:
        return self._state.limits.windows()


def _error_key(chain: Chain, address: Address) -> tuple[str, ...]:
    return (chain.client_id, chain.username, address.division or "", address.resource)


def _refused(error: ApiError, counters: Headers = ()) -> Answer:
    return Answer(error.status, error.body, (*error.headers, *counters), violation=error.violation)


def _as_atom(body: bytes) -> bytes:
    """What comes when JSON was not asked for: a reader that forgot to ask finds no JSON in it."""
    return f'<?xml version="1.0" encoding="utf-8"?><feed><content>{escape(body.decode())}</content></feed>'.encode()
