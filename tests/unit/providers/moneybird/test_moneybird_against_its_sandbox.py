"""Moneybird's adapter against the sandbox's Moneybird, in one process."""

import json

import httpx
import pytest
from tests.unit.sandbox.application import Application
from tests.unit.sandbox.moneybird.login import CALLBACK, CLIENT, Visit

from koppel.contracts.canonical import CANONICAL
from koppel.providers.company import CompanyStatus
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.moneybird.contacts import CONTACTS
from koppel.providers.moneybird.invoices import SALES_INVOICES
from koppel.providers.moneybird.ledger import VAT_CODES
from koppel.providers.moneybird.provider import MONEYBIRD
from koppel.providers.port import ProviderAccess
from koppel.providers.profile import Endpoints
from koppel.providers.reading import PageRequest, Versions
from koppel.providers.tokens import ClientCredentials

BASE = "http://sandbox.test/moneybird"
ENDPOINTS = Endpoints(
    f"{BASE}/oauth/authorize", f"{BASE}/oauth/token", f"{BASE}/oauth/revoke", f"{BASE}/api/v2"
)
CREDENTIALS = ClientCredentials(CLIENT["client_id"], CLIENT["client_secret"])
LISTINGS = [listing for each in MONEYBIRD.listings.values() for listing in each]


def access(visit: Visit) -> ProviderAccess:
    return ProviderAccess(visit.tokens["access_token"], ENDPOINTS.api_base_url, visit.company)


async def whole(visit: Visit, listing: Listing) -> list[Page]:
    """Every page of a listing, the way its cursor says."""
    pages: list[Page] = []
    if isinstance(listing.cursor, Versions):
        ids = list(await MONEYBIRD.versions(visit.http, access(visit), listing))
        for first in range(0, len(ids), listing.cursor.batch):
            batch = ids[first : first + listing.cursor.batch]
            pages.append(await MONEYBIRD.fetch(visit.http, access(visit), listing, batch))
        return pages
    ask = PageRequest()
    while True:
        pages.append(await MONEYBIRD.read(visit.http, access(visit), listing, ask))
        if pages[-1].next is None:
            return pages
        ask = PageRequest(continuation=pages[-1].next)


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
async def test_every_object_of_the_sandbox_becomes_a_record_of_the_model(listing: Listing) -> None:
    visit = await Visit.begin(Application())
    pages = await whole(visit, listing)
    records = [record for page in pages for record in page.records]
    assert not [entry for page in pages for entry in page.broken]
    collection = listing.path.removeprefix("/")
    truth = await visit.application.control(
        "GET", f"companies/{visit.company}/{collection}", provider="moneybird"
    )
    assert sorted(record.external_id for record in records) == sorted(
        str(each["id"]) for each in truth["items"]
    )
    for record in records:
        CANONICAL[listing.resource].model_validate_json(json.dumps(record.data), strict=True)


async def test_administrations_are_found_with_their_numbers_and_states() -> None:
    visit = await Visit.begin(Application({"companies": 3, "statuses": {"suspended": 1}}))
    page = await MONEYBIRD.discover(visit.http, access(visit), None)
    assert [each.status for each in page.companies] == [
        CompanyStatus.ACTIVE,
        CompanyStatus.ACTIVE,
        CompanyStatus.SUSPENDED,
    ]
    told = await visit.application.control("GET", "settings", provider="moneybird")
    first = await MONEYBIRD.details(visit.http, access(visit), page.companies[0])
    assert first.kvk_number == told["companies"][0]["corporate_identity_number"]
    with pytest.raises(ProviderFailure) as raised:
        await MONEYBIRD.details(visit.http, access(visit), page.companies[2])
    assert raised.value.code == "company_inactive"


async def test_only_what_changed_has_another_version_and_what_went_is_not_listed() -> None:
    visit = await Visit.begin(Application())
    before = await MONEYBIRD.versions(visit.http, access(visit), SALES_INVOICES)
    done = await visit.change("sales_invoices", change=3, add=1, remove=2)
    after = await MONEYBIRD.versions(visit.http, access(visit), SALES_INVOICES)
    assert before.keys() - after.keys() == set(done["removed"])
    moved = {key for key, version in after.items() if before.get(key) != version}
    assert moved == {*done["changed"], *done["added"]}
    page = await MONEYBIRD.fetch(visit.http, access(visit), SALES_INVOICES, [*moved, *done["removed"]])
    assert {record.external_id for record in page.records} == moved


async def test_the_wait_of_an_empty_budget_ends_with_the_window_whose_epoch_it_names() -> None:
    visit = await Visit.begin(Application({"rate_limit_per_minute": 1}))
    for left in range(4, -1, -1):
        page = await MONEYBIRD.read(visit.http, access(visit), VAT_CODES, PageRequest())
        assert [each.remaining for each in page.usage] == [left]
    with pytest.raises(ProviderFailure) as raised:
        await MONEYBIRD.read(visit.http, access(visit), VAT_CODES, PageRequest())
    assert raised.value.code == "rate_limited"
    assert raised.value.retry_after is not None
    assert 299 <= raised.value.retry_after <= 301
    await visit.application.control("POST", "clock", {"provider": "moneybird", "advance_seconds": 301})
    await MONEYBIRD.read(visit.http, access(visit), VAT_CODES, PageRequest())


async def test_a_login_is_exchanged_renewed_and_withdrawn() -> None:
    visit = await Visit.begin(Application())
    url = httpx.URL(
        MONEYBIRD.authorization_url(
            ENDPOINTS, CREDENTIALS, redirect_uri=CALLBACK, state="s-1", code_challenge="unused"
        )
    )
    assert (await visit.http.get(url)).status_code == 200
    assert "code_challenge" not in url.params
    renewed = await MONEYBIRD.refresh(
        visit.http, ENDPOINTS, CREDENTIALS, refresh_token=visit.tokens["refresh_token"]
    )
    assert renewed.expires_in is None
    with pytest.raises(ProviderFailure) as raised:
        await MONEYBIRD.refresh(
            visit.http, ENDPOINTS, CREDENTIALS, refresh_token=visit.tokens["refresh_token"]
        )
    assert raised.value.code == "grant_invalid"
    await MONEYBIRD.revoke(visit.http, ENDPOINTS, CREDENTIALS, token=renewed.refresh_token or "")
    with pytest.raises(ProviderFailure) as raised:
        await MONEYBIRD.versions(visit.http, access(visit), CONTACTS)
    assert raised.value.code == "provider_unauthorized"


async def test_an_administration_that_vanished_can_no_longer_be_reached() -> None:
    visit = await Visit.begin(Application())
    await visit.change("administrations", remove=1)
    with pytest.raises(ProviderFailure) as raised:
        await MONEYBIRD.versions(visit.http, access(visit), CONTACTS)
    assert raised.value.code == "no_company_access"
    page = await MONEYBIRD.discover(visit.http, access(visit), None)
    assert visit.company not in [each.external_id for each in page.companies]
