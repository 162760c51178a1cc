"""Moneybird's adapter: what is asked, and what becomes of the answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest
from pydantic import JsonValue

from koppel.contracts.canonical import CANONICAL
from koppel.providers.company import Company
from koppel.providers.failures import ProviderFailure
from koppel.providers.http import provider_http
from koppel.providers.mapping import Rows
from koppel.providers.moneybird import contacts, invoices, ledger
from koppel.providers.moneybird.provider import MONEYBIRD
from koppel.providers.port import ProviderAccess
from koppel.providers.reading import PageRequest, Usage

ACCESS = ProviderAccess("canary-token", "https://provider.test/api/v2", "4335")
ID = 433546253484721172


class Api:
    """Gives each request the same answer and remembers it."""

    def __init__(self, status: int = 200, body: object = None, **headers: str) -> None:
        self.requests: list[httpx.Request] = []
        self._status, self._body = status, orjson.dumps(body)
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._status, content=self._body, headers=self._headers)

    @asynccontextmanager
    async def http(self) -> AsyncIterator[httpx.AsyncClient]:
        async with provider_http(transport=httpx.MockTransport(self.respond)) as client:
            yield client


async def test_every_list_names_its_filters_and_never_this_year_alone() -> None:
    for listing in (invoices.SALES_INVOICES, invoices.PURCHASE_INVOICES, ledger.JOURNAL_DOCUMENTS):
        api = Api(body=[])
        async with api.http() as http:
            await MONEYBIRD.versions(http, ACCESS, listing)
        assert api.requests[0].url.params["filter"].startswith("period:19000101..21001231")
    api = Api(body=[])
    async with api.http() as http:
        await MONEYBIRD.versions(http, ACCESS, contacts.CONTACTS)
    assert api.requests[0].url.path == "/api/v2/4335/contacts/synchronization.json"
    assert dict(api.requests[0].url.params) == {"include_archived": "true"}


async def test_objects_are_asked_by_id_in_the_body() -> None:
    api = Api(body=[{"id": ID, "company_name": "Jansen"}, {"id": "9"}])
    async with api.http() as http:
        page = await MONEYBIRD.fetch(http, ACCESS, contacts.CONTACTS, [str(ID), "8"])
    (request,) = api.requests
    assert (request.method, orjson.loads(request.content)) == ("POST", {"ids": [str(ID), "8"]})
    assert [record.external_id for record in page.records] == [str(ID)]


async def test_page_says_what_is_left_of_the_address_s_budget() -> None:
    api = Api(body=[], RateLimit_Limit="150", RateLimit_Remaining="149")
    async with api.http() as http:
        page = await MONEYBIRD.read(http, ACCESS, ledger.PROJECTS, PageRequest())
    assert page.usage == (Usage("requests", 150, 149, None),)
    assert dict(api.requests[0].url.params) == {"filter": "state:all", "page": "1", "per_page": "100"}


async def test_only_a_link_leads_on() -> None:
    api = Api(body=[{"id": "1"}], Link='<https://elsewhere.test/?page=9>; rel="next"')
    async with api.http() as http:
        first = await MONEYBIRD.read(http, ACCESS, ledger.PROJECTS, PageRequest())
        await MONEYBIRD.read(http, ACCESS, ledger.PROJECTS, PageRequest(continuation=first.next))
    assert first.next == "2"
    assert api.requests[1].url.host == "provider.test"
    assert api.requests[1].url.params["page"] == "2"


async def test_page_past_the_last_ends_a_listing_and_a_first_one_fails() -> None:
    api = Api(400, {"error": "page out of range"})
    async with api.http() as http:
        past = await MONEYBIRD.read(http, ACCESS, ledger.PROJECTS, PageRequest(continuation="3"))
        with pytest.raises(ProviderFailure, match="request_refused"):
            await MONEYBIRD.read(http, ACCESS, ledger.PROJECTS, PageRequest())
    assert (past.records, past.next) == ([], None)


@pytest.mark.parametrize("continuation", ["", "0", "1", "-2", "x", "9" * 500, "[3,0,false]"])
async def test_continuation_of_another_reading_is_refused(continuation: str) -> None:
    async with Api(body=[]).http() as http:
        with pytest.raises(ProviderFailure, match="continuation_invalid"):
            await MONEYBIRD.read(http, ACCESS, ledger.PROJECTS, PageRequest(continuation=continuation))


async def test_accounts_are_one_unpaged_list() -> None:
    api = Api(body=[{"id": "1"}], Link='<https://a.test/?page=2>; rel="next"')
    async with api.http() as http:
        page = await MONEYBIRD.read(http, ACCESS, ledger.ACCOUNTS, PageRequest())
    assert page.next is None
    assert not api.requests[0].url.params


async def test_without_an_administration_nothing_is_sent() -> None:
    api = Api(body=[])
    async with api.http() as http:
        with pytest.raises(ProviderFailure, match="request_unsendable"):
            await MONEYBIRD.versions(http, ProviderAccess("t", "https://provider.test"), contacts.CONTACTS)
    assert api.requests == []


async def test_discovery_is_one_call_and_details_one_for_each() -> None:
    api = Api(body=[{"id": "4335", "name": "Bakkerij"}])
    async with api.http() as http:
        found = await MONEYBIRD.discover(http, ACCESS, None)
    assert (api.requests[0].url.path, found.next) == ("/api/v2/administrations.json", None)
    api = Api(body={"chamber_of_commerce": "75904695"})
    async with api.http() as http:
        company = await MONEYBIRD.details(http, ACCESS, found.companies[0])
    assert api.requests[0].url.path == "/api/v2/4335/identities/default.json"
    assert company == Company(external_id="4335", name="Bakkerij", kvk_number="75904695")


async def test_links_that_open_without_login_do_not_make_a_change() -> None:
    digests = []
    for code in ("a", "b"):
        api = Api(body=[{"id": "1", "version": 1, "public_view_code": code, "url": code, "events": [code]}])
        async with api.http() as http:
            digests.append(
                (await MONEYBIRD.fetch(http, ACCESS, invoices.SALES_INVOICES, ["1"])).records[0].digest
            )
    assert digests[0] == digests[1]


def test_every_listing_fills_the_canonical_record_of_its_resource() -> None:
    for resource, listings in MONEYBIRD.listings.items():
        for listing in listings:
            rows: dict[str, JsonValue] = {
                part.prop: [{}] for part in listing.fields.values() if isinstance(part, Rows)
            }
            CANONICAL[resource].model_validate(listing.canonical({"id": "1", **rows}))
            assert set(listing.fields) == set(CANONICAL[resource].model_fields), listing.name


def test_sales_invoice_in_canonical_form() -> None:
    item = {
        "id": ID, "contact_id": ID, "invoice_id": "2026-0001", "state": "late", "invoice_date": "2026-05-01",
        "total_price_incl_tax": "-121.0", "total_price_incl_tax_base": -121.0, "total_unpaid_base": "0.0",
        "tax_totals": [{"tax_amount_base": "-21.0"}], "contact": {"customer_id": "7", "company_name": "Jansen"},
        "details": [{"id": 1, "price": "50.0", "amount_decimal": "2.0", "row_order": 0, "total_price_excl_tax_with_discount": 100.0}],
    }  # fmt: skip
    data = invoices.SALES_INVOICES.canonical(item)  # type: ignore[arg-type]  # JSON all the same
    assert (data["number"], data["is_credit"], data["payment_status"]) == ("2026-0001", True, "overdue")
    assert (data["contact_id"], data["contact_name"], data["total_amount"]) == (str(ID), "Jansen", "-121")
    assert (data["vat_amount"], data["remaining_amount"]) == ("-21", "0")
