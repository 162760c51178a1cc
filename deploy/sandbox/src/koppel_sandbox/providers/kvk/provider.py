"""The trade register as the frame sees it: two calls with a key in a header, no login and no books."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import orjson

from koppel_sandbox.books.changes import Altered, ChangeOrder
from koppel_sandbox.control.fields import Fields, InputError
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.provider import Answer, Call, Caller, Start, Truncation
from koppel_sandbox.providers.kvk import documents
from koppel_sandbox.providers.kvk.register import Register, Registration
from koppel_sandbox.story.company import Company

ID = "kvk"
_ROOTS = ("/test/api", "/api", "")
_SEARCH, _PROFILE = "/v2/zoeken", "/v1/basisprofielen/"
_PARAMETERS = {"kvkNummer", "naam", "type", "inclusiefInactieveRegistraties", "pagina", "resultatenPerPagina"}
_ERRORS = {"90004973": (404, "IPD1003"), "90002903": (500, "IPD9999")}
"""Test numbers that answer an error."""
_LARGEST_PAGE = 100
_MOST_PAGES = 1000


class _Refused(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.answer = Answer(status, documents.error(code))


@dataclass(slots=True)
class Kvk:
    """Its companies are the neighbours': a reset of its own only says how many of them it does not know."""

    start: Start
    at_once: int | None = None
    think_seconds: float = 0.0
    collections: Collection[str] = ()
    _register: Register = field(init=False)

    def __post_init__(self) -> None:
        self._register = Register(self.start.neighbours, ID)

    def is_noted(self, path: str) -> bool:
        return _path(path).startswith((_SEARCH, _PROFILE))

    def caller(self, call: Call) -> Caller:
        return Caller("key" if call.headers.get("apikey") else None)

    async def answer(self, call: Call, cut: Truncation | None) -> Answer:
        del cut
        path = _path(call.path)
        try:
            if not call.headers.get("apikey"):
                return Answer(401, b'{"fault":{"faultstring":"Failed to resolve API Key variable apikey"}}')
            if call.method == "GET" and path == _SEARCH:
                return self._search(call.query)
            if call.method == "GET" and path.startswith(_PROFILE):
                return self._profile(path.removeprefix(_PROFILE))
        except _Refused as refused:
            return refused.answer
        return Answer(404, documents.error("IPD0001"))

    def _search(self, query: dict[str, str]) -> Answer:
        if query.keys() - _PARAMETERS:
            raise _Refused(400, "IPD1999")
        page, size = (
            _whole(query, "pagina", 1, _MOST_PAGES),
            _whole(query, "resultatenPerPagina", 10, _LARGEST_PAGE),
        )
        inactive_too = query.get("inclusiefInactieveRegistraties", "false").lower() == "true"
        found = [
            hit
            for each in self._asked_for(query)
            for hit in documents.hits(each, inactive_too=inactive_too)
            if hit["type"] == query.get("type", hit["type"])
        ]
        if not found[(page - 1) * size :]:
            raise _Refused(404, "IPD5200")
        return Answer(200, documents.search_answer(found, page, size))

    def _asked_for(self, query: dict[str, str]) -> Iterable[Registration]:
        number, name = query.get("kvkNummer"), query.get("naam")
        if number is not None:
            found = self._find(number)
            return [] if found is None else [found]
        if not name:
            raise _Refused(400, "IPD1998")
        words = set(name.casefold().split())
        return [each for each in self._register.all().values() if words <= set(each.name.casefold().split())]

    def _profile(self, number: str) -> Answer:
        found = self._find(number)
        if found is None:
            raise _Refused(404, "IPD0005")
        return Answer(200, documents.profile(found))

    def _find(self, number: str) -> Registration | None:
        if not (len(number) == 8 and number.isascii() and number.isdigit()):
            raise _Refused(400, "IPD0004")
        if number in _ERRORS:
            raise _Refused(*_ERRORS[number])
        return self._register.all().get(number)

    def refusal(self, call: Call, status: int, retry_after: int | None) -> Answer:
        del call, retry_after
        return Answer(status, documents.error("IPD1003" if status == 404 else "IPD9999"))

    def reset(self, order: Fields) -> None:
        gaps = order.whole("registry_gaps", 0)
        for other in ("seed", "companies", "sizes", "clients", "statuses"):
            order.anything(other)  # the companies are the providers'
        order.end()
        self._register.gaps = gaps

    def settings(self) -> JsonObject:
        return {"registry_gaps": self._register.gaps}

    def population(self) -> JsonObject:
        companies = [
            {
                "id": each.kvk_number,
                "name": each.name,
                "corporate_identity_number": each.kvk_number,
                "status": "ended" if each.ended else "active",
            }
            for each in self._register.all().values()
        ]
        return {"companies": companies, "users": []}

    def registered(self) -> Iterable[Company]:
        return ()

    def has_company(self, company_id: str) -> bool:
        return company_id in self._register.all()

    def truth(self, company_id: str, collection: str, offset: int, limit: int | None) -> bytes:
        del company_id, collection, offset, limit
        return orjson.dumps({"items": [], "total": 0})

    def change(self, company_id: str, order: ChangeOrder) -> Altered:
        del company_id, order
        raise InputError("the register has no books to change")

    def windows(self) -> list[JsonObject]:
        return []


def _path(path: str) -> str:
    """Without the root of the production or the test address."""
    root = next(root for root in _ROOTS if path.startswith(f"{root}/"))
    return path.removeprefix(root)


def _whole(query: dict[str, str], name: str, default: int, most: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= most):
        raise _Refused(400, "IPD1998")
    return int(text)
