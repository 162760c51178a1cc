"""The API under `/api/v2`: administrations, and what each of them holds."""

from urllib.parse import urlencode

import orjson

from koppel_sandbox.books.collection import Collection
from koppel_sandbox.provider import Answer, Call, Truncation
from koppel_sandbox.providers.moneybird.books.catalogue import KINDS, Kind
from koppel_sandbox.providers.moneybird.books.company import ADMINISTRATIONS, IDENTITIES
from koppel_sandbox.providers.moneybird.errors import ApiError
from koppel_sandbox.providers.moneybird.oauth.grants import Grant
from koppel_sandbox.providers.moneybird.selection import page_of, select, wanted
from koppel_sandbox.providers.moneybird.state import State

PREFIX = "/api/v2/"
_END = ".json"
_SYNCHRONIZATION = "synchronization"
_LARGEST_BATCH = 100
_LONGEST_ID = 32


class Api:
    def __init__(self, state: State) -> None:
        self._state = state

    def answer(self, call: Call, grant: Grant | None, cut: Truncation | None) -> Answer:
        """A 200. Raises ApiError for every other answer."""
        if grant is None:
            raise ApiError(401, "Access token required, or it is expired or revoked")
        if not call.path.endswith(_END):
            raise ApiError(404, "Not found")
        path = call.path.removeprefix(PREFIX).removesuffix(_END)
        if path == ADMINISTRATIONS:
            return Answer(200, orjson.dumps(self._state.world.reached_by(grant.username)))
        company_id, _, rest = path.partition("/")
        return self._within(call, self._entered(company_id, grant), rest, grant, cut)

    def _entered(self, company_id: str, grant: Grant) -> str:
        shown = {str(each["id"]): each for each in self._state.world.reached_by(grant.username)}
        if company_id not in shown:
            raise ApiError(404, "Administration not found")
        if shown[company_id]["suspended"]:
            raise ApiError(403, "Administration is suspended", {"administration": "suspended"})
        return company_id

    def _within(self, call: Call, company_id: str, rest: str, grant: Grant, cut: Truncation | None) -> Answer:
        head, _, last = rest.rpartition("/")
        kind = KINDS.get(rest) or KINDS.get(head)
        if kind is None or kind.name == ADMINISTRATIONS:
            raise ApiError(404, "Not found")
        if kind.scope not in grant.scopes:
            raise ApiError(403, "The token lacks the scope for this", {"scope": kind.scope})
        held = self._state.world.books.collection(company_id, kind.name)
        if kind.is_versioned and last == _SYNCHRONIZATION and call.method == "POST":
            return Answer(200, _by_ids(held, call.body))
        if call.method != "GET":
            raise ApiError(405, "The sandbox can only be read")
        if rest == kind.name:
            return self._page(call, held, cut)
        if kind.is_versioned and last == _SYNCHRONIZATION:
            return Answer(200, self._versions(call, held, cut))
        return Answer(200, _one(held, last))

    def _selected(self, call: Call, held: Collection[Kind], cut: Truncation | None) -> list[int]:
        indexes = select(held, wanted(call.query, self._state.clock()))
        return list(indexes[: len(indexes) // 2] if cut else indexes)

    def _page(self, call: Call, held: Collection[Kind], cut: Truncation | None) -> Answer:
        indexes = self._selected(call, held, cut)
        if not held.kind.is_paged:
            return Answer(200, b"[" + held.joined(indexes) + b"]")
        number, size = page_of(call.query, len(indexes))
        pages = -(-len(indexes) // size)
        others = {"next": number + 1, "prev": number - 1}
        links = [
            f'<{call.base_url}{call.path}?{urlencode({**call.query, "page": other})}>; rel="{name}"'
            for name, other in others.items()
            if 1 <= other <= pages
        ]
        headers = [("link", ", ".join(links))] if links else []
        return Answer(200, b"[" + held.joined(indexes[(number - 1) * size : number * size]) + b"]", headers)

    def _versions(self, call: Call, held: Collection[Kind], cut: Truncation | None) -> bytes:
        """All ids with their versions, unpaged; the filters of the list hold here too."""
        kind, company, changed = held.kind, held.company, held.changed_at
        listed = [
            {"id": kind.identify_seeded(company, index), "version": changed[index]}
            for index in self._selected(call, held, cut)
        ]
        return orjson.dumps(listed)


def _by_ids(held: Collection[Kind], body: bytes) -> bytes:
    """The objects with these ids, the newest first; ids that are not there are left out."""
    try:
        ids = orjson.loads(body)["ids"]
    except (ValueError, TypeError, KeyError):
        raise ApiError(400, "ids is missing") from None
    if not isinstance(ids, list) or len(ids) > _LARGEST_BATCH:
        raise ApiError(400, f"ids must be a list of at most {_LARGEST_BATCH}")
    found = {held.find(str(each)[:_LONGEST_ID]) for each in ids}
    return b"[" + held.joined(sorted((each for each in found if each is not None), reverse=True)) + b"]"


def _one(held: Collection[Kind], key: str) -> bytes:
    if held.kind.name == IDENTITIES:
        if key != "default":
            raise ApiError(404, "Not found")
        return held.one(0)
    index = held.find(key)
    if index is None:
        raise ApiError(404, "Not found")
    return held.one(index)
