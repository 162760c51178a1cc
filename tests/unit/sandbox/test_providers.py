"""Several providers in one process: prefixes, control calls for one of them, and a clock of each."""

import asyncio
from collections.abc import Collection, Iterable
from email.utils import parsedate_to_datetime

import httpx
import pytest
from tests.unit.sandbox.application import NOON, Application

from koppel_sandbox.books.changes import Altered, ChangeOrder
from koppel_sandbox.control.fields import Fields, InputError
from koppel_sandbox.documents import JsonObject
from koppel_sandbox.provider import Answer, Call, Caller, Start, Truncation
from koppel_sandbox.providers import PROVIDERS
from koppel_sandbox.sandbox import Sandbox
from koppel_sandbox.story.company import Company
from koppel_sandbox.web.app import build_app


class Ledgers:
    """A provider of the test: it tells what it was asked, one company, one call at a time."""

    at_once: int | None = 1
    think_seconds = 0.001
    collections: Collection[str] = ("books",)

    def __init__(self, start: Start) -> None:
        self.start = start
        self.name = "first"

    def is_noted(self, path: str) -> bool:
        return path.startswith("/api")

    def caller(self, call: Call) -> Caller:
        return Caller("app", "login", call.path.split("/")[2] if self.is_noted(call.path) else None)

    async def answer(self, call: Call, cut: Truncation | None) -> Answer:
        del cut
        return Answer(200, f"{call.base_url}|{call.path}".encode())

    def refusal(self, call: Call, status: int, retry_after: int | None) -> Answer:
        del call, retry_after
        return Answer(status, b"refused")

    def reset(self, order: Fields) -> None:
        name = order.text("name", "first")
        order.end()
        self.name = name

    def settings(self) -> JsonObject:
        return {"name": self.name}

    def population(self) -> JsonObject:
        return {"companies": [{"id": self.name, "status": "active"}], "users": []}

    def registered(self) -> Iterable[Company]:
        return ()

    def has_company(self, company_id: str) -> bool:
        return company_id == self.name

    def truth(self, company_id: str, collection: str, offset: int, limit: int | None) -> bytes:
        del company_id, collection, offset, limit
        return b'{"items":[],"total":0}'

    def change(self, company_id: str, order: ChangeOrder) -> Altered:
        del company_id
        if order.remove:
            raise InputError("books stay")
        return Altered(["1"], [], [])

    def windows(self) -> list[JsonObject]:
        return [{"window": "day"}]


class TwoProviders(Application):
    def __init__(self) -> None:
        super().__init__()
        self.sandbox = Sandbox(clock=lambda: NOON, providers={**PROVIDERS, "ledgers": Ledgers})
        self.asgi = httpx.ASGITransport(app=build_app(self.sandbox))


@pytest.fixture
def application() -> TwoProviders:
    return TwoProviders()


async def test_a_provider_answers_below_its_id_and_sees_paths_without_it(application: TwoProviders) -> None:
    async with application.client() as http:
        assert (await http.get("/ledgers/api/c-1/x")).text == "http://sandbox.test/ledgers|/api/c-1/x"
        for prefix in ("", "/eaccounting"):
            refused = await http.get(f"{prefix}/v2/customers")
            assert (refused.status_code, refused.json()["ErrorCode"]) == (401, 4005)
        assert (await http.get("/nothing")).status_code == 404
    noted = await application.control("GET", "ledger")
    assert [each["path"] for each in noted["items"]] == ["/v2/customers"] * 2
    noted = await application.control("GET", "ledger", provider="ledgers")
    assert [each["path"] for each in noted["items"]] == ["/api/c-1/x"]
    assert noted["windows"] == [{"window": "day"}]


async def test_the_login_of_a_prefixed_provider_stays_below_its_prefix(application: TwoProviders) -> None:
    query = {
        "client_id": "koppel-local",
        "redirect_uri": "http://127.0.0.1:1/v1/oauth/eaccounting/callback",
        "scope": "ea:api",
        "response_type": "code",
    }
    async with application.client() as http:
        page = await http.get("/eaccounting/connect/authorize", params=query)
    assert 'action="/eaccounting/connect/authorize/login"' in page.text


async def test_a_control_call_is_for_the_provider_that_it_names(application: TwoProviders) -> None:
    reset = await application.control("POST", "reset", {"provider": "ledgers", "name": "second"})
    assert reset["companies"] == [{"id": "second", "status": "active"}]
    told = await application.control("GET", "settings", provider="ledgers")
    assert told["settings"] == {"name": "second"}
    assert len((await application.control("GET", "settings"))["companies"]) == 5
    order = {"provider": "ledgers", "collection": "books", "change": 1}
    assert (await application.control("POST", "companies/second/changes", order))["changed"] == ["1"]
    fault = {"provider": "ledgers", "match": {"path": "/api"}, "kind": "status", "status": 503}
    await application.control("POST", "faults", fault)
    assert (await application.control("GET", "faults"))["items"] == []
    async with application.client() as http:
        answer = await http.get("/ledgers/api/c-1/x")
        assert (answer.status_code, answer.text) == (503, "refused")


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("reset", {"provider": "nobody"}, "provider"),
        ("reset", {"provider": 7}, "provider"),
        ("clock", {}, "advance_seconds"),
        ("clock", {"advance_seconds": -1}, "advance_seconds"),
        ("companies/first/changes", {"provider": "ledgers", "collection": "books", "remove": 1}, "books"),
    ],
)
async def test_a_wrong_order_is_named(
    application: TwoProviders, path: str, body: dict[str, object], named: str
) -> None:
    async with application.client() as http:
        answer = await http.post(f"/_sandbox/{path}", json=body)
    assert answer.status_code == 422
    assert named in answer.json()["error"]


async def test_a_moved_clock_shows_in_the_dates_of_its_provider_only(application: TwoProviders) -> None:
    moved = await application.control("POST", "clock", {"provider": "ledgers", "advance_seconds": 600})
    assert moved == {"provider": "ledgers", "now": "2027-01-15T08:10:00Z", "ahead_seconds": 600}
    async with application.client() as http:
        dates = [
            parsedate_to_datetime((await http.get(path)).headers["date"]).timestamp()
            for path in ("/v2/customers", "/ledgers/api/c-1/x")
        ]
    assert dates == [NOON / 1e6, NOON / 1e6 + 600]
    await application.control("POST", "reset", {"provider": "ledgers"})
    assert (await application.control("GET", "clock", provider="ledgers"))["ahead_seconds"] == 0


async def test_calls_of_one_company_at_the_same_time_are_told(application: TwoProviders) -> None:
    async with application.client() as http:
        await asyncio.gather(*(http.get(f"/ledgers/api/{company}/x") for company in ("a", "a", "b")))
        await http.get("/ledgers/api/a/x")
    noted = await application.control("GET", "ledger", provider="ledgers")
    assert sorted(each["in_flight"] for each in noted["items"]) == [1, 1, 1, 2]
    assert noted["violations"] == {"at_once": 1}
