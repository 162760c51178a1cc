"""Query options, paging and the envelope."""

import orjson
import pytest

from koppel_sandbox.provider import Truncation
from koppel_sandbox.providers.eaccounting.errors import ApiError
from koppel_sandbox.providers.eaccounting.odata.listing import Page, envelope, select
from koppel_sandbox.providers.eaccounting.odata.query import parse_filter
from koppel_sandbox.providers.eaccounting.settings import Settings
from koppel_sandbox.providers.eaccounting.shapes import SHAPES
from koppel_sandbox.providers.eaccounting.world import World
from koppel_sandbox.settings import Sizes

CUSTOMER = SHAPES["CustomerApi"]


def listed(query: dict[str, str], cut: Truncation | None = None, customers: int = 120) -> dict[str, object]:
    world = World(Settings(sizes=Sizes(customers=customers)), lambda: 1_800_000_000_000_000)
    collection = world.collection(world.company_ids[0], "customers")
    indexes = select(collection, collection.indexes, query)
    whole: dict[str, object] = orjson.loads(
        envelope(collection, indexes, Page.of(query), world.time.now(), cut)
    )
    return whole


def meta(answer: dict[str, object]) -> dict[str, int]:
    found = answer["Meta"]
    assert isinstance(found, dict)
    return found


def data(answer: dict[str, object]) -> list[dict[str, object]]:
    found = answer["Data"]
    assert isinstance(found, list)
    return found


def refused(query: dict[str, str]) -> int:
    with pytest.raises(ApiError) as caught:
        listed(query)
    return caught.value.code


def test_fifty_objects_a_page_unless_asked_otherwise() -> None:
    answer = listed({})
    assert len(data(answer)) == 50
    assert answer["Meta"] == {
        "CurrentPage": 1,
        "PageSize": 50,
        "TotalNumberOfPages": 3,
        "TotalNumberOfResults": 120,
        "ServerTimeUtc": "2027-01-15T08:00:00Z",
    }


def test_pages_hold_every_object_once() -> None:
    pages = [data(listed({"$page": str(number), "$pagesize": "33"})) for number in range(1, 6)]
    assert [len(page) for page in pages] == [33, 33, 33, 21, 0]
    assert len({str(body["Id"]) for page in pages for body in page}) == 120


def test_too_large_a_page_is_cut_down_and_says_so() -> None:
    answer = listed({"$pagesize": "5000"}, customers=1200)
    assert meta(answer)["PageSize"] == len(data(answer)) == 1000


@pytest.mark.parametrize("query", [{"$page": "0"}, {"$page": "x"}, {"$pagesize": "-1"}, {"$pagesize": ""}])
def test_a_bad_page_is_bad_input(query: dict[str, str]) -> None:
    assert refused(query) == 6001


def test_time_filter_finds_exactly_the_objects_in_the_window() -> None:
    low, high = "2025-06-01T00:00:00Z", "2026-01-01T00:00:00Z"
    every = data(listed({"$pagesize": "1000"}))
    expected = [body["Id"] for body in every if low < str(body["ChangedUtc"]) <= high]
    found = data(listed({"$pagesize": "1000", "$filter": f"ChangedUtc gt {low} and ChangedUtc le {high}"}))
    assert [body["Id"] for body in found] == expected
    assert 0 < len(expected) < 120


def test_the_bounds_of_a_time_filter_are_exact() -> None:
    first = data(listed({"$orderby": "ChangedUtc"}))[0]
    moment = str(first["ChangedUtc"])
    found = {op: meta(listed({"$filter": f"ChangedUtc {op} {moment}"}))["TotalNumberOfResults"]
             for op in ("gt", "ge", "lt", "le", "eq", "ne")}  # fmt: skip
    assert found == {"gt": 119, "ge": 120, "lt": 0, "le": 1, "eq": 1, "ne": 119}


def test_other_properties_can_be_compared_too() -> None:
    every = data(listed({"$pagesize": "1000"}))
    name = str(every[3]["Name"])
    found = data(listed({"$filter": f"Name eq '{name}' and IsActive ne null"}))
    assert every[3]["Id"] in {body["Id"] for body in found}
    private = data(listed({"$filter": "IsPrivatePerson eq true", "$pagesize": "1000"}))
    assert [body["Id"] for body in private] == [body["Id"] for body in every if body["IsPrivatePerson"]]


@pytest.mark.parametrize(
    "text",
    ["ModifiedUtc gt 2026-01-01", "ChangedUtc", "ChangedUtc gt", "ChangedUtc gt 2026-01-01 or IsActive eq true", "",
     "ChangedUtc like 2026-01-01", "(ChangedUtc gt 2026-01-01)"],
)  # fmt: skip
def test_a_filter_that_is_not_understood_is_a_bad_query(text: str) -> None:
    assert refused({"$filter": text}) == 6000


@pytest.mark.parametrize("text", ["2026-13-01", "yesterday", "'2026-01-01'", "2026-01-01T99:00:00Z"])
def test_a_date_that_is_none_is_bad_input(text: str) -> None:
    assert refused({"$filter": f"ChangedUtc gt {text}"}) == 6001


def test_times_without_a_zone_are_utc() -> None:
    with_zone = parse_filter("ChangedUtc gt 2026-01-01T00:00:00Z", CUSTOMER, "ChangedUtc")
    assert parse_filter("ChangedUtc gt 2026-01-01T00:00:00", CUSTOMER, "ChangedUtc") == with_zone
    assert parse_filter("ChangedUtc gt 2026-01-01", CUSTOMER, "ChangedUtc") == with_zone


def test_order_by_change_time_and_by_name() -> None:
    newest = [str(body["ChangedUtc"]) for body in data(listed({"$orderby": "ChangedUtc desc"}))]
    assert newest == sorted(newest, reverse=True)
    names = [str(body["Name"]) for body in data(listed({"$orderby": "Name asc"}))]
    assert names == sorted(names)
    assert refused({"$orderby": "Nope"}) == refused({"$top": "3"}) == 6000


def test_a_truncated_listing_ends_half_way_and_keeps_its_total() -> None:
    answer = listed({"$page": "2"}, Truncation())
    assert len(data(answer)) == 10
    assert meta(answer)["TotalNumberOfPages"] == 2
    assert meta(answer)["TotalNumberOfResults"] == 120
    assert data(listed({"$page": "3"}, Truncation())) == []


def test_a_truncated_listing_can_hide_its_total() -> None:
    assert meta(listed({}, Truncation(hide_total=True)))["TotalNumberOfResults"] == 60
