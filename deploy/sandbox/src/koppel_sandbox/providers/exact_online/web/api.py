"""The API under `/api/v1`: who may ask what, and which list answers."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from koppel_sandbox.provider import Call, Truncation
from koppel_sandbox.providers.exact_online.books.catalogue import BY_FEED, BY_PATH
from koppel_sandbox.providers.exact_online.books.divisions import DIVISIONS, state_of
from koppel_sandbox.providers.exact_online.errors import (
    BLOCKED_USER,
    DIVISION_BLOCKED,
    LICENSE_EXPIRED,
    NO_DIVISION_ACCESS,
    ApiError,
)
from koppel_sandbox.providers.exact_online.oauth.chains import Chain
from koppel_sandbox.providers.exact_online.odata.listing import TIMESTAMP, Table, page_of
from koppel_sandbox.providers.exact_online.state import State
from koppel_sandbox.providers.exact_online.web import tables
from koppel_sandbox.providers.exact_online.web.addresses import ME, Address
from koppel_sandbox.providers.exact_online.webhooks import SUBSCRIPTIONS

_ACCESSIBLE, _OWN_LICENCE = "system/divisions", "hrm/divisions"
_DELETED, _SYNC_TIMESTAMP = "sync/deleted", "read/sync/sync/synctimestamp"
_BARE_EVERY = 3
_LONGEST_ADDRESS = 6000


class Api:
    """Every third list that fits one page and was not counted comes as a bare array."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._short_lists = 0

    def answer(self, call: Call, address: Address, chain: Chain, cut: Truncation | None) -> bytes:
        """The body of a 200. Raises ApiError for every other answer."""
        if len(call.path) + len(call.query_string) > _LONGEST_ADDRESS:
            raise ApiError(414, "The request address is too long.")
        if call.method != "GET":
            raise ApiError(405, "The sandbox can only be read.")
        if self._state.world.user(chain.username).is_blocked:
            raise ApiError(403, "Forbidden", reason=BLOCKED_USER)
        query = _query(call)
        if address.division is None and address.resource == ME:
            return self._page(call, tables.of_me(self._state, chain, _place(call)), query, None)
        if address.division is None:
            raise ApiError(404, "Resource not found.")
        return self._page(
            call, self._table(call, address.division, address.resource, chain, query), query, cut
        )

    def _table(
        self, call: Call, division: str, resource: str, chain: Chain, query: Mapping[str, str]
    ) -> Table:
        if resource in {_ACCESSIBLE, _OWN_LICENCE}:
            if resource == _ACCESSIBLE and not self._state.world.user(chain.username).may_list:
                raise ApiError(403, "Forbidden")
            licence = division if resource == _OWN_LICENCE else None
            return tables.of_divisions(self._state, chain, _place(call), licence_of=licence)
        self.guard(division, chain)
        if resource == SUBSCRIPTIONS:
            return tables.of_subscriptions(self._state, division, _place(call))
        if resource == _DELETED:
            return tables.of_removed(self._state, division, _place(call))
        if resource == _SYNC_TIMESTAMP:
            return tables.of_sync_timestamp(self._state, division, query, _place(call))
        kind = BY_FEED.get(resource) or BY_PATH.get(resource)
        if kind is None or kind.name == DIVISIONS:
            raise ApiError(404, "Resource not found for the segment.")
        is_feed = resource in BY_FEED
        if kind.feed and not is_feed and "$filter" not in query and query.get("$top") != "1":
            names = f"{kind.key}, {TIMESTAMP}, Modified"
            raise ApiError(
                400, f"The request must have a $filter parameter with one of the following fields: {names}"
            )
        return tables.of_division(self._state, division, kind, _place(call), is_feed=is_feed)

    def guard(self, division: str, chain: Chain) -> None:
        """Raises ApiError 403 unless the books of this division are open to this login."""
        world = self._state.world
        if division not in world.user(chain.username).divisions[chain.region]:
            raise ApiError(403, "Forbidden", reason=NO_DIVISION_ACCESS)
        if division in chain.without:
            raise ApiError(403, "Forbidden - User division is not within division scope")
        state = state_of(world.describe(division))
        if state != "active":
            raise ApiError(
                403, "Forbidden", reason=LICENSE_EXPIRED if state == "suspended" else DIVISION_BLOCKED
            )

    def _page(self, call: Call, table: Table, query: Mapping[str, str], cut: Truncation | None) -> bytes:
        def following(token: str) -> str:
            return f"{_place(call)}?{urlencode({**query, '$skiptoken': token}, quote_via=quote)}"

        page = page_of(table, query, following, cut)
        bare = page.following is None and page.count is None and "$skiptoken" not in query
        self._short_lists += bare
        return page.as_json(bare=bare and self._short_lists % _BARE_EVERY == 0)


def _query(call: Call) -> dict[str, str]:
    """Raises ApiError 400."""
    try:
        return call.query
    except UnicodeDecodeError:
        raise ApiError(400, "The query is not valid text.") from None


def _place(call: Call) -> str:
    return call.base_url + call.path
