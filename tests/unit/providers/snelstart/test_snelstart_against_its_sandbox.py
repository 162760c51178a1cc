"""SnelStart's adapter against the sandbox's SnelStart, in one process."""

import json

import httpx
import pytest
from tests.unit.sandbox.application import Application
from tests.unit.sandbox.snelstart.visit import SUBSCRIPTION, Visit

from koppel.contracts.canonical import CANONICAL
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.port import ProviderAccess
from koppel.providers.profile import Endpoints
from koppel.providers.reading import PageRequest, Watermark
from koppel.providers.snelstart.invoices import CUSTOMER_INVOICES
from koppel.providers.snelstart.provider import SNELSTART
from koppel.providers.snelstart.relations import RELATIONS
from koppel.providers.tokens import ClientCredentials

BASE = "http://sandbox.test/snelstart"
ENDPOINTS = Endpoints(f"{BASE}/couplings/activate", f"{BASE}/b2b/token", None, f"{BASE}/v2")
NOBODY = ClientCredentials("koppel", "")
LISTINGS = [listing for each in SNELSTART.listings.values() for listing in each]


def access(visit: Visit) -> ProviderAccess:
    return ProviderAccess(visit.token, ENDPOINTS.api_base_url, visit.company, SUBSCRIPTION)


async def whole(
    visit: Visit,
    listing: Listing,
    size: int,
    since: Watermark | None = None,
    shifting: set[str] | None = None,
) -> list[Page]:
    """Every page; between two pages some rows change and jump ahead, `shifting` gets their ids."""
    pages: list[Page] = []
    ask = PageRequest(since=since, size=size)
    while True:
        pages.append(await SNELSTART.read(visit.http, access(visit), listing, ask))
        if pages[-1].next is None:
            return pages
        if shifting is not None and len(pages) < 6:
            shifting.update((await visit.change(listing.path.removeprefix("/"), change=2))["changed"])
        ask = PageRequest(pages[-1].next, since, size)


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
async def test_every_object_of_the_sandbox_becomes_a_record_of_the_model(listing: Listing) -> None:
    visit = await Visit.begin(Application())
    pages = await whole(visit, listing, 100)
    records = [record for page in pages for record in page.records]
    assert records
    assert not [entry for page in pages for entry in page.broken]
    truth = await visit.truth(listing.path.removeprefix("/"))
    left_out = 2 if listing is RELATIONS else 0  # the company's own relation, and a placeholder
    assert len({record.external_id for record in records}) == len(truth) - left_out
    if listing.parts is None:
        for record in records:
            CANONICAL[listing.resource].model_validate_json(json.dumps(record.data), strict=True)


async def test_only_a_row_that_jumps_ahead_itself_can_be_missed_while_a_list_is_read() -> None:
    visit = await Visit.begin(Application())
    before = {each["id"] for each in await visit.truth("verkoopfacturen")}
    jumped: set[str] = set()
    pages = await whole(visit, CUSTOMER_INVOICES, 20, shifting=jumped)
    found = {record.external_id for page in pages for record in page.records}
    assert before - jumped <= found
    again = await whole(visit, CUSTOMER_INVOICES, 20)
    assert {record.external_id for page in again for record in page.records} == before


async def test_a_row_that_goes_while_the_list_is_read_takes_no_other_along() -> None:
    visit = await Visit.begin(Application())
    first = await SNELSTART.read(visit.http, access(visit), CUSTOMER_INVOICES, PageRequest(size=20))
    await visit.change("verkoopfacturen", remove=60)
    kept = {each["id"] for each in await visit.truth("verkoopfacturen")}
    found = {record.external_id for record in first.records}
    continuation = first.next
    while continuation is not None:
        page = await SNELSTART.read(
            visit.http, access(visit), CUSTOMER_INVOICES, PageRequest(continuation, None, 20)
        )
        found |= {record.external_id for record in page.records}
        continuation = page.next
    assert kept <= found


async def test_what_changed_since_the_newest_stamp_is_read_again_and_no_flagged_one_is_missed() -> None:
    visit = await Visit.begin(Application())
    pages = await whole(visit, RELATIONS, 500)
    high = max((page.high for page in pages if page.high), key=lambda mark: mark.value)
    changed = (await visit.change("relaties", change=2))["changed"]
    removed = (await visit.change("relaties", remove=1))["removed"]
    found = {
        record.external_id: record
        for page in await whole(visit, RELATIONS, 500, high)
        for record in page.records
    }
    assert {*changed, *removed} <= found.keys()
    assert found[removed[0]].gone


async def test_a_key_is_exchanged_and_names_the_administration_it_opens() -> None:
    visit = await Visit.begin(Application(), company=1)
    tokens = await SNELSTART.exchange_key(visit.http, ENDPOINTS, NOBODY, key={"key": f" {visit.key}\n"})
    assert (tokens.refresh_token, tokens.expires_in) == (None, 3599)
    page = await SNELSTART.discover(visit.http, access(visit), None)
    told = await visit.application.control("GET", "settings", provider="snelstart")
    (company,) = page.companies
    assert company.external_id == visit.company
    assert company.kvk_number == told["companies"][1]["corporate_identity_number"]
    with pytest.raises(ProviderFailure) as raised:
        await SNELSTART.exchange_key(visit.http, ENDPOINTS, NOBODY, key={"key": visit.key[1:]})
    assert raised.value.code == "grant_invalid"


async def test_a_401_is_ours_when_it_names_the_subscription_and_the_key_s_otherwise() -> None:
    visit = await Visit.begin(Application())
    ours = ProviderAccess(visit.token, ENDPOINTS.api_base_url, visit.company)
    theirs = ProviderAccess("gone", ENDPOINTS.api_base_url, visit.company, SUBSCRIPTION)
    assert await _code(visit.http, ours) == "client_invalid"
    assert await _code(visit.http, theirs) == "provider_unauthorized"


async def _code(http: httpx.AsyncClient, with_access: ProviderAccess) -> str:
    with pytest.raises(ProviderFailure) as raised:
        await SNELSTART.read(http, with_access, RELATIONS, PageRequest())
    return str(raised.value.code)


async def test_a_full_window_says_how_long_to_wait() -> None:
    visit = await Visit.begin(Application({"rate_limit_per_minute": 1}))
    await SNELSTART.read(visit.http, access(visit), RELATIONS, PageRequest())
    with pytest.raises(ProviderFailure) as raised:
        await SNELSTART.read(visit.http, access(visit), RELATIONS, PageRequest())
    assert (raised.value.code, raised.value.retry_after) == ("rate_limited", 60.0)
