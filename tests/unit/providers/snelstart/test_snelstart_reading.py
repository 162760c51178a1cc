"""SnelStart's adapter: keys for tokens, its company, and lists by `$skip`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest
from pydantic import JsonValue

from koppel.contracts.canonical import CANONICAL
from koppel.providers.failures import ProviderFailure
from koppel.providers.http import provider_http
from koppel.providers.listing import Listing
from koppel.providers.mapping import Rows
from koppel.providers.port import LoginIdentity, ProviderAccess
from koppel.providers.reading import PageRequest, Watermark, WatermarkKind
from koppel.providers.snelstart import invoices, ledger, relations
from koppel.providers.snelstart.profile import PROFILE
from koppel.providers.snelstart.provider import SNELSTART
from koppel.providers.tokens import ClientCredentials

SUBSCRIPTION = {"Ocp-Apim-Subscription-Key": "canary-subscription"}
ACCESS = ProviderAccess("canary-token", "https://provider.test/v2", headers=SUBSCRIPTION)
ENDPOINTS = PROFILE.regions[0].endpoints
CLIENT = ClientCredentials("koppel", "")
OURS = {"statusCode": 401, "message": "Access denied due to invalid subscription key."}


class Api:
    """Gives each request the same answer and remembers it."""

    def __init__(self, status: int = 200, body: object = None) -> None:
        self.requests: list[httpx.Request] = []
        self._status = status
        self._body = body if isinstance(body, bytes) else orjson.dumps(body)

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._status, content=self._body)

    @asynccontextmanager
    async def http(self) -> AsyncIterator[httpx.AsyncClient]:
        async with provider_http(transport=httpx.MockTransport(self.respond)) as client:
            yield client


async def test_key_is_exchanged_for_a_token_that_is_never_refreshed() -> None:
    api = Api(body={"access_token": "abc", "token_type": "bearer", "expires_in": 3599})
    async with api.http() as http:
        tokens = await SNELSTART.exchange_key(http, ENDPOINTS, CLIENT, key={"key": " canary-key "})
    assert api.requests[0].content == b"grant_type=clientkey&clientkey=canary-key"
    assert (tokens.access_token, tokens.refresh_token, tokens.expires_in) == ("abc", None, 3599)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"error": "invalid_grant"}, "grant_invalid"),
        (401, {"Message": "x"}, "grant_invalid"),
        (401, OURS, "client_invalid"),
        (404, None, "request_refused"),
        (429, {"message": "x"}, "rate_limited"),
        (403, {"message": "Out of call volume quota."}, "rate_limited"),
        (500, None, "provider_unavailable"),
        (400, b"<html>", "provider_unavailable"),
        (401, b"<html>", "provider_unavailable"),
        (403, b"<!DOCTYPE html><html>", "provider_unavailable"),
        (200, {"access_token": "a b"}, "provider_bad_answer"),
        (200, [], "provider_bad_answer"),
    ],
)
async def test_refused_key_says_whose_fault_it_is(status: int, body: object, code: str) -> None:
    async with Api(status, body).http() as http:
        with pytest.raises(ProviderFailure, match=code):
            await SNELSTART.exchange_key(http, ENDPOINTS, CLIENT, key={"key": "k"})


@pytest.mark.parametrize("key", [{}, {"key": ""}, {"key": "  "}, {"key": "k" * 2049}])
async def test_key_that_can_be_none_is_not_sent(key: dict[str, str]) -> None:
    api = Api(body={})
    async with api.http() as http:
        with pytest.raises(ProviderFailure, match="grant_invalid"):
            await SNELSTART.exchange_key(http, ENDPOINTS, CLIENT, key=key)
    assert api.requests == []


INFO = {
    "administratieIdentifier": "a-1",
    "administratieNaam": "Bakkerij",
    "kvKNummer": "75904695",
    "btwNummer": "NL001234567B01",
}


async def test_key_opens_one_company_which_is_its_identity() -> None:
    api = Api(body=INFO)
    async with api.http() as http:
        (company,) = (await SNELSTART.discover(http, ACCESS, None)).companies
        identity = await SNELSTART.login(http, ACCESS)
    assert (company.external_id, company.kvk_number, company.vat_number) == (
        "a-1",
        "75904695",
        "NL001234567B01",
    )
    assert identity == LoginIdentity("snelstart", "a-1")
    assert api.requests[0].headers["Ocp-Apim-Subscription-Key"] == "canary-subscription"


@pytest.mark.parametrize("body", [{}, {"administratieIdentifier": ""}, {"administratieIdentifier": 7}, []])
async def test_company_without_identity_is_a_bad_answer(body: object) -> None:
    async with Api(body=body).http() as http:
        with pytest.raises(ProviderFailure, match="provider_bad_answer"):
            await SNELSTART.discover(http, ACCESS, None)


async def test_changes_are_asked_since_the_greatest_stamp_seen() -> None:
    api = Api(body=[{"id": "r-1", "relatiecode": 7, "modifiedOn": "2026-05-02T10:00:00.25"}])
    since = Watermark(WatermarkKind.INSTANT, "2026-05-01T10:00:00")
    async with api.http() as http:
        page = await SNELSTART.read(http, ACCESS, relations.RELATIONS, PageRequest(since=since))
    assert dict(api.requests[0].url.params) == {
        "$skip": "0", "$top": "500", "$filter": "ModifiedOn gt datetime'2026-05-01T08:55:00.000'",
    }  # fmt: skip
    assert page.high == Watermark(WatermarkKind.INSTANT, "2026-05-02T10:00:00.25")


async def test_own_relation_and_placeholders_are_no_contacts_and_broken_ones_are_counted() -> None:
    rows: list[JsonValue] = [
        {"id": "a", "relatiesoort": ["Eigen"], "relatiecode": 1},
        {"id": "b", "relatiesoort": ["Klant"], "relatiecode": -1},
        {"id": "c", "relatiesoort": ["Klant", "Leverancier"], "relatiecode": 2},
        "canary",
    ]
    async with Api(body=rows).http() as http:
        page = await SNELSTART.read(http, ACCESS, relations.RELATIONS, PageRequest())
    assert [(record.external_id, record.data["kind"]) for record in page.records] == [
        ("c", "customer_and_supplier")
    ]
    assert len(page.broken) == 1


@pytest.mark.parametrize(
    "listing", [ledger.JOURNALS, ledger.COST_CENTERS, ledger.VAT_RATES], ids=lambda one: one.name
)
async def test_list_that_ignores_its_options_is_asked_once_without(listing: Listing) -> None:
    api = Api(body=[{"id": str(n), "btwSoort": str(n), "datumVanaf": "x"} for n in range(600)])
    async with api.http() as http:
        page = await SNELSTART.read(http, ACCESS, listing, PageRequest(size=100))
    assert (len(page.records), page.next, dict(api.requests[0].url.params)) == (600, None, {})


async def test_invoices_are_read_whole_since_payment_moves_no_stamp() -> None:
    api = Api(body=[])
    since = Watermark(WatermarkKind.INSTANT, "2026-05-01T10:00:00")
    async with api.http() as http:
        await SNELSTART.read(http, ACCESS, invoices.CUSTOMER_INVOICES, PageRequest(since=since))
    assert "$filter" not in api.requests[0].url.params


def test_line_names_its_entry_by_journal_day_and_document() -> None:
    line: JsonValue = {
        "id": "l-1",
        "dagboek": {"id": "d-1"},
        "datum": "2026-05-01T00:00:00",
        "boekstuk": "V1",
    }
    named = ledger.with_entry(line)
    assert isinstance(named, dict)
    assert named[ledger.ENTRY] == "d-1:2026-05-01:V1"


@pytest.mark.parametrize("line", ["canary", {}, {"dagboek": None, "datum": "x", "boekstuk": "y"}])
def test_line_without_an_entry_stays_to_be_counted(line: JsonValue) -> None:
    assert ledger.with_entry(line) == line


def test_every_listing_fills_the_canonical_record_of_its_resource() -> None:
    for resource, listings in SNELSTART.listings.items():
        for listing in listings:
            rows: dict[str, JsonValue] = {
                part.prop: [{}] for part in listing.fields.values() if isinstance(part, Rows)
            }
            CANONICAL[resource].model_validate(listing.canonical({"id": "1", **rows}))
            assert set(listing.fields) == set(CANONICAL[resource].model_fields), listing.name
