"""Reading a listing page by page."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from typing import Any

import httpx
import orjson
import pytest

from koppel.contracts.values import ResourceName
from koppel.providers.catalogue import provider
from koppel.providers.failures import ProviderFailure
from koppel.providers.listed_records import Page
from koppel.providers.listing import Listing
from koppel.providers.port import ProviderAccess
from koppel.providers.reading import PageRequest, Watermark, WatermarkKind

EACCOUNTING = provider("eaccounting")
LISTINGS = {listing.name: listing for group in EACCOUNTING.listings.values() for listing in group}
META = {
    "CurrentPage": 1,
    "PageSize": 1000,
    "TotalNumberOfPages": 3,
    "TotalNumberOfResults": 2345,
    "ServerTimeUtc": "2026-11-24T10:00:00.25Z",
}


def listed(*items: object, **meta: object) -> httpx.Response:
    return httpx.Response(200, json={"Meta": META | meta, "Data": list(items)})


async def read(
    api: Any,
    access: ProviderAccess,
    name: str = "projects",
    *,
    number: int = 1,
    page_size: int = 1000,
    changed_since: datetime | None = None,
) -> Page:
    ask = PageRequest(
        continuation=None if number == 1 else str(number),
        since=None if changed_since is None else Watermark(WatermarkKind.INSTANT, changed_since.isoformat()),
        size=page_size,
    )
    return await EACCOUNTING.read(api.http, access, LISTINGS[name], ask)


async def test_page_is_asked_by_number_and_size_with_the_token_in_its_header(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    api = answering(listed(CurrentPage=2))
    await read(api, access, "customers", number=2, page_size=500)
    (request,) = api.requests
    assert request.url.path == "/v2/customers"
    assert dict(request.url.params) == {"$page": "2", "$pagesize": "500"}
    assert request.headers["Authorization"] == "Bearer canary-access-token"


async def test_pages_with_rows_are_asked_smaller(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    api = answering(listed())
    await read(api, access, "customerinvoices", page_size=1000)
    assert api.requests[0].url.params["$pagesize"] == "250"


NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "since", "expected"),
    [
        ("customers", NOON, "ChangedUtc gt 2026-01-01T11:55:00Z"),
        ("suppliers", NOON, "ModifiedUtc gt 2026-01-01T11:55:00Z"),
        ("projects", NOON + timedelta(microseconds=123_999), "ModifiedUtc gt 2026-01-01T11:55:00.123Z"),
        ("projects", NOON + timedelta(microseconds=999), "ModifiedUtc gt 2026-01-01T11:55:00Z"),
        ("vouchers", NOON.astimezone(timezone(timedelta(hours=1))), "ModifiedUtc gt 2026-01-01T11:55:00Z"),
        ("vatcodes", NOON, None),
        ("costcenters", NOON, None),
        ("fiscalyears", NOON, None),
        ("accounts", None, None),
    ],
)
async def test_changes_are_asked_by_the_listing_s_own_property(
    answering: Callable[..., Any],
    access: ProviderAccess,
    name: str,
    since: datetime | None,
    expected: str | None,
) -> None:
    api = answering(listed())
    await read(api, access, name, changed_since=since)
    assert api.requests[0].url.params.get("$filter") == expected


async def test_the_clock_of_the_first_page_is_where_the_next_reading_starts(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    page = await read(answering(listed({"Id": "a"})), access)
    assert page.high == Watermark(WatermarkKind.INSTANT, "2026-11-24T10:00:00.250000+00:00")
    assert (await read(answering(listed({"Id": "a"}, CurrentPage=2)), access, number=2)).high is None
    assert (await read(answering(listed({"Id": "a"})), access, "vatcodes")).high is None


@pytest.mark.parametrize(
    "instant",
    [datetime(2026, 1, 1), datetime.min.replace(tzinfo=UTC)],  # noqa: DTZ001
    ids=["no zone", "before all time"],
)
async def test_watermark_without_zone_or_before_all_time_is_refused(
    answering: Callable[..., Any], access: ProviderAccess, instant: datetime
) -> None:
    with pytest.raises(ProviderFailure, match="watermark_invalid"):
        await read(answering(listed()), access, changed_since=instant)


async def test_page_says_what_the_provider_says_of_the_whole(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    page = await read(answering(listed({"Id": "a"})), access)
    assert (page.total, page.next) == (2345, "2")
    assert page.server_time == datetime(2026, 11, 24, 10, 0, 0, 250_000, UTC)


@pytest.mark.parametrize(
    ("number", "items", "meta", "last"),
    [
        (3, [{"Id": "a"}], {"CurrentPage": 3}, True),
        (2, [], {"CurrentPage": 2}, False),
        (1, [], {"TotalNumberOfPages": 0}, True),
        (4, [], {"CurrentPage": 1}, True),
        (1, [{"Id": "a"}], {"TotalNumberOfPages": None}, False),
        (1, [], {"TotalNumberOfPages": None}, True),
    ],
)
async def test_last_page_is_the_one_that_the_provider_counts_to(
    answering: Callable[..., Any],
    access: ProviderAccess,
    *,
    number: int,
    items: list[object],
    meta: dict[str, object],
    last: bool,
) -> None:
    assert ((await read(answering(listed(*items, **meta)), access, number=number)).next is None) is last


async def test_another_page_than_asked_is_refused(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    with pytest.raises(ProviderFailure, match="provider_bad_answer"):
        await read(answering(listed({"Id": "a"}, CurrentPage=1)), access, number=2)


async def test_counts_and_clock_of_another_form_are_unknown(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    meta = {"TotalNumberOfResults": "many", "TotalNumberOfPages": -1, "ServerTimeUtc": "noon"}
    page = await read(answering(listed({"Id": "a"}, **meta)), access)
    assert (page.total, page.next, page.server_time, page.high) == (None, "2", None, None)


async def test_server_time_without_zone_is_utc(answering: Callable[..., Any], access: ProviderAccess) -> None:
    page = await read(answering(listed(ServerTimeUtc="2026-11-24T10:00:00.1234567")), access)
    assert page.server_time == datetime(2026, 11, 24, 10, 0, 0, 123_456, UTC)


async def test_raw_body_is_the_item_with_sorted_keys_and_digest_of_that(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    item = {"Name": "Verbouwing", "Id": "a", "Unknown": {"z": 1, "b": 12.50}, "Number": "7"}
    (record,) = (await read(answering(listed(item)), access)).records
    assert record.raw == '{"Id":"a","Name":"Verbouwing","Number":"7","Unknown":{"b":12.5,"z":1}}'
    assert record.digest == blake2b(record.raw.encode(), digest_size=16).digest()
    assert len(record.digest) == 16


async def test_order_of_properties_does_not_change_the_digest(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    page = await read(answering(listed({"Id": "a", "Name": "x"})), access)
    again = await read(answering(listed({"Name": "x", "Id": "a"})), access)
    other = await read(answering(listed({"Name": "y", "Id": "a"})), access)
    assert page.records[0].digest == again.records[0].digest != other.records[0].digest


async def test_item_that_cannot_become_a_record_is_counted_with_its_reason(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    page = await read(
        answering(
            listed(
                {"Id": "a"},
                {"Name": "canary"},
                {"Id": ""},
                {"Id": {"canary": 1}},
                "canary",
                {"Id": "a"},
                {"Id": "b", "StartDate": "canary"},
                {"Id": "c", "Name": {"canary": 1}},
                {"Id": "d", "Status": "canary"},
                {"Id": "e"},
            )
        ),
        access,
    )
    assert [record.external_id for record in page.records] == ["a", "e"]
    assert page.broken == [
        (1, "Id is missing"),
        (2, "Id is missing"),
        (3, "Id is not text"),
        (4, "item is not an object"),
        (5, "key occurs twice in this page"),
        (6, "StartDate is not a date"),
        (7, "Name is not text"),
        (8, "Status is not a whole number"),
    ]


async def test_of_two_with_one_key_the_first_counts_where_nothing_says_which_is_later(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    page = await read(answering(listed({"Id": "a", "Name": "first"}, {"Id": "a", "Name": "second"})), access)
    [record] = page.records
    assert "first" in record.raw
    assert page.broken == [(1, "key occurs twice in this page")]


async def test_broken_row_is_named_by_its_place(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    page = await read(
        answering(
            listed(
                {"Id": "a", "Rows": [{"DebitAmount": 1.5}, {"DebitAmount": "canary"}]},
                {"Id": "b", "Rows": "canary"},
                {"Id": "c", "Rows": ["canary"]},
            )
        ),
        access,
        "vouchers",
    )
    assert page.broken == [
        (0, "Rows[1].DebitAmount is not a number"),
        (1, "Rows is not a list"),
        (2, "Rows[0] is not an object"),
    ]


async def test_too_deep_an_item_is_counted(answering: Callable[..., Any], access: ProviderAccess) -> None:
    deep = b'{"a":' * 600 + b"1" + b"}" * 600
    body = b'{"Meta":{},"Data":[{"Id":"a","Deep":%s},{"Id":"b"}]}' % deep
    page = await read(answering(httpx.Response(200, content=body)), access)
    assert page.broken == [(0, "item is nested too deeply")]
    assert [record.external_id for record in page.records] == ["b"]


async def test_nul_characters_are_removed_since_nothing_can_store_them(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    item = {"Id": "a", "Name": "Jan\x00sen", "Notes": "\\u0000", "X": [{"y\x00": "z\x00", "n": 1}]}
    (record,) = (await read(answering(listed(item)), access)).records
    assert record.data["name"] == "Jansen"
    assert record.data["notes"] == "\\u0000"
    assert orjson.loads(record.raw)["X"] == [{"y": "z", "n": 1}]


def test_listing_shows_itself_without_its_tables() -> None:
    listing: Listing = LISTINGS["customers"]
    assert "InvoiceCity" not in repr(listing)
    assert listing.resource is ResourceName.CONTACT
