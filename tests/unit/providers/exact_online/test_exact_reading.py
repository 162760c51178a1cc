"""Exact behind the port: what is asked, how far a page goes, and what a login reaches."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from koppel.contracts.values import ResourceName
from koppel.providers.exact_online.provider import EXACT_ONLINE
from koppel.providers.failures import ProviderFailure
from koppel.providers.listing import Listing
from koppel.providers.port import ProviderAccess
from koppel.providers.reading import Feed, PageRequest, Watermark, WatermarkKind

Answering = Callable[..., Any]
LISTINGS = {each.name: each for group in EXACT_ONLINE.listings.values() for each in group}
ACCESS = ProviderAccess("canary-access-token", "https://start.exactonline.nl/api/v1", "17")
SINCE = Watermark(WatermarkKind.SEQUENCE, str(2**53 + 1))


def results(*items: object, **d: object) -> httpx.Response:
    return httpx.Response(200, json={"d": {"results": items} | d})


async def test_feed_is_asked_in_its_division_above_the_watermark(answering: Answering) -> None:
    api = answering(results({"ID": "a", "Timestamp": 2**60}, {"ID": "b", "Timestamp": 2**59}))
    page = await EXACT_ONLINE.read(api.http, ACCESS, LISTINGS["GLAccounts"], PageRequest(None, SINCE))
    (request,) = api.requests
    assert request.url.path == "/api/v1/17/sync/Financial/GLAccounts"
    assert request.url.params["$filter"] == "Timestamp gt 9007199254740993L"
    assert "Timestamp" in request.url.params["$select"].split(",")
    assert request.headers["Accept"] == "application/json"
    assert page.high == Watermark(WatermarkKind.SEQUENCE, str(2**60))
    assert len(page.records) == 2


async def test_next_page_is_asked_at_the_configured_address_alone(answering: Answering) -> None:
    api = answering(results(__next="https://evil.test/x?$skiptoken=k"))
    page = await EXACT_ONLINE.read(api.http, ACCESS, LISTINGS["VATCodes"], PageRequest())
    api.answer = results()
    await EXACT_ONLINE.read(api.http, ACCESS, LISTINGS["Journals"], PageRequest(page.next))
    assert {request.url.host for request in api.requests} == {"start.exactonline.nl"}
    assert api.requests[1].url.params["$skiptoken"] == "k"


async def test_item_that_is_stamped_anew_and_else_the_same_is_unchanged(answering: Answering) -> None:
    digests = set()
    for stamp in (1, 2):
        api = answering(results({"ID": "a", "Name": "Jansen", "Timestamp": stamp}))
        page = await EXACT_ONLINE.read(api.http, ACCESS, LISTINGS["Accounts"], PageRequest())
        digests.add(page.records[0].digest)
    assert len(digests) == 1


async def test_lines_of_a_budget_are_no_booking_and_move_the_watermark(answering: Answering) -> None:
    api = answering(results({"ID": "a", "EntryID": "e", "Type": 3000, "Timestamp": 9}))
    page = await EXACT_ONLINE.read(api.http, ACCESS, LISTINGS["TransactionLines"], PageRequest())
    assert (page.records, page.broken, page.high) == ([], [], Watermark(WatermarkKind.SEQUENCE, "9"))


async def test_every_address_stays_within_what_exact_takes(answering: Answering) -> None:
    api = answering(results())
    ids = [f"9e1d5b4a-0000-4000-8000-{number:012}" for number in range(60)]
    await EXACT_ONLINE.fetch(api.http, ACCESS, LISTINGS["SalesEntries"], ids)
    for listing in LISTINGS.values():
        await EXACT_ONLINE.read(api.http, ACCESS, listing, PageRequest("k" * 200, None))
    assert max(len(str(request.url)) for request in api.requests) <= 6000


async def test_id_that_is_none_never_reaches_a_filter(answering: Answering) -> None:
    api = answering(results())
    with pytest.raises(ProviderFailure):
        await EXACT_ONLINE.fetch(api.http, ACCESS, LISTINGS["SalesEntries"], ["' or 1 eq 1 or '"])
    assert api.requests == []


async def test_removals_come_from_one_feed_with_numbers_of_its_own(answering: Answering) -> None:
    api = answering(results({"Timestamp": 5, "EntityType": 2, "EntityKey": "a"}, __next="?$skiptoken=n"))
    feed = LISTINGS["Accounts"].removal
    assert isinstance(feed, Feed)
    page = await EXACT_ONLINE.removed(api.http, ACCESS, feed, PageRequest(None, SINCE))
    assert api.requests[0].url.path == "/api/v1/17/sync/Deleted"
    assert (page.next, page.high) == ("n", Watermark(WatermarkKind.SEQUENCE, "5"))
    assert page.removed[0].entity == feed.entity


async def test_discovery_starts_at_the_persons_own_division(answering: Answering) -> None:
    api = answering(results({"UserID": "u", "CurrentDivision": 18}))
    first = await EXACT_ONLINE.discover(api.http, ACCESS, None)
    api.answer = results({"Code": 17, "Description": "A"}, __next="?$skiptoken=17")
    second = await EXACT_ONLINE.discover(api.http, ACCESS, first.next)
    assert [request.url.path for request in api.requests] == [
        "/api/v1/current/Me",
        "/api/v1/18/system/Divisions",
    ]
    assert (first.companies, second.companies[0].external_id, second.next) == ([], "17", "system:18:17")


async def test_refused_list_of_divisions_is_asked_elsewhere(answering: Answering) -> None:
    api = answering(httpx.Response(403))
    page = await EXACT_ONLINE.discover(api.http, ACCESS, "system:18:")
    assert page.next == "hrm:18:"
    api.answer = httpx.Response(403, headers={"Reason": "BlockedUser"})
    with pytest.raises(ProviderFailure, match="blocked"):
        await EXACT_ONLINE.discover(api.http, ACCESS, "system:18:")


async def test_person_is_named_at_the_host_of_the_region(answering: Answering) -> None:
    api = answering(results({"UserID": "U-1", "CurrentDivision": 18}))
    identity = await EXACT_ONLINE.login(api.http, ACCESS)
    assert identity is not None
    assert (identity.place, identity.subject) == ("start.exactonline.nl", "u-1")


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=lambda each: each.name)
def test_what_identifies_and_moves_an_item_is_asked_for(listing: Listing) -> None:
    asked = listing.parameters["$select"].split(",")
    parts = listing.parts
    needed = {*listing.key, *(() if parts is None else (*parts.key, *parts.head, *parts.order))}
    assert needed <= set(asked)
    assert "BSN" not in asked


def test_every_resource_of_a_bookkeeping_is_offered() -> None:
    assert set(EXACT_ONLINE.listings) == set(ResourceName)


MOVED = {"Code": 17, "DivisionMoveDate": "/Date(1700000000000)/", "DivisionHRLinkUnlinkDate": None}


async def test_epoch_is_the_move_dates_of_the_division_alone(answering: Answering) -> None:
    api = answering(results({"Code": 18, "DivisionMoveDate": "/Date(1)/"}, MOVED))
    assert await EXACT_ONLINE.epoch(api.http, ACCESS) == "/Date(1700000000000)//-"
    (request,) = api.requests
    assert request.url.path == "/api/v1/17/system/Divisions"
    assert request.url.params["$filter"] == "Code eq 17"


async def test_epoch_cannot_be_told_by_who_may_not_read_the_list(answering: Answering) -> None:
    for answer in (results(), results({"Code": 18})):
        assert await EXACT_ONLINE.epoch(answering(answer).http, ACCESS) is None
    for status in (403, 404):
        with pytest.raises(ProviderFailure):  # so that it is counted: too many lock the login out
            await EXACT_ONLINE.epoch(answering(httpx.Response(status)).http, ACCESS)


async def test_epoch_is_asked_of_a_number_only(answering: Answering) -> None:
    odd = ProviderAccess("canary", "https://start.exactonline.nl/api/v1", "17 or 1 eq 1")
    api = answering(results(MOVED))
    with pytest.raises(ProviderFailure, match="request_unsendable"):
        await EXACT_ONLINE.epoch(api.http, odd)
    assert api.requests == []


async def test_place_that_exact_refuses_has_a_code_of_its_own(answering: Answering) -> None:
    api = answering(httpx.Response(400, json={"error": {"message": {"value": "Invalid skiptoken"}}}))
    feed = LISTINGS["Accounts"].removal
    assert isinstance(feed, Feed)
    with pytest.raises(ProviderFailure, match="continuation_invalid"):
        await EXACT_ONLINE.read(api.http, ACCESS, LISTINGS["Accounts"], PageRequest("k"))
    with pytest.raises(ProviderFailure, match="continuation_invalid"):
        await EXACT_ONLINE.removed(api.http, ACCESS, feed, PageRequest("k"))
    with pytest.raises(ProviderFailure, match="request_refused"):
        await EXACT_ONLINE.read(api.http, ACCESS, LISTINGS["Accounts"], PageRequest())


@pytest.mark.parametrize(
    ("stamps", "counts"),
    [((5, 7), 1), ((7, 5), 0), (("5", "7"), 1), ((7, 7), 0), ((7, "x"), 0), (("x", 0), 1), (("x", None), 0)],
)
async def test_of_two_states_of_one_item_in_a_page_the_later_counts(
    answering: Answering, stamps: tuple[int | str | None, int | str | None], counts: int
) -> None:
    named = [{"ID": "a", "Name": f"{place}", "Timestamp": stamp} for place, stamp in enumerate(stamps)]
    api = answering(results(*named))
    page = await EXACT_ONLINE.read(api.http, ACCESS, LISTINGS["Accounts"], PageRequest())
    assert [each.data["name"] for each in page.records] == [f"{counts}"]
    assert len(page.broken) == 1
