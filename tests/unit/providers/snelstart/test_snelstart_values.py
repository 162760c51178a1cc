"""SnelStart's values and its change stamps, which are a wall clock without a zone."""

from datetime import date, timedelta

import pytest
from pydantic import JsonValue

from koppel.providers.conversion import Unmappable
from koppel.providers.derived import first_of, fraction, inside
from koppel.providers.failures import ProviderFailure
from koppel.providers.mapping import Fields, Item, compile_fields
from koppel.providers.reading import Watermark, WatermarkKind
from koppel.providers.snelstart.stamps import CHANGES, filter_of, newest
from koppel.providers.snelstart.values import is_negative, newest_stamp, payment_status


def mapped(fields: Fields, item: Item) -> JsonValue:
    (value,) = compile_fields(fields)(item).values()
    return value


def at(value: str) -> Watermark:
    return Watermark(WatermarkKind.INSTANT, value)


def test_reference_is_read_by_its_id() -> None:
    assert mapped({"a": inside("relatie")}, {"relatie": {"id": "r-1", "uri": "/relaties/r-1"}}) == "r-1"


@pytest.mark.parametrize("sent", [None, "canary", {}])
def test_absent_reference_is_null(sent: JsonValue) -> None:
    assert mapped({"a": inside("relatie")}, {"relatie": sent}) is None


@pytest.mark.parametrize(
    ("sent", "rate"), [(21, "0.21"), (21.0, "0.21"), (9.0, "0.09"), (0, "0"), (8.5, "0.085")]
)
def test_percentage_becomes_a_fraction(sent: JsonValue, rate: str) -> None:
    assert mapped({"a": fraction("x")}, {"x": sent}) == rate


@pytest.mark.parametrize(
    ("remaining", "due", "status"),
    [
        (0.0, "2026-01-01T00:00:00", "paid"),
        (12.5, "2026-05-31T00:00:00", "overdue"),
        (12.5, "2026-06-01T00:00:00", "unpaid"),
        (-12.5, None, "unpaid"),
        (None, "2026-01-01T00:00:00", None),
    ],
)
def test_payment_follows_from_what_is_open_and_the_day(
    remaining: JsonValue, due: JsonValue, status: str | None
) -> None:
    field = payment_status("rest", "due", lambda: date(2026, 6, 1))
    assert mapped({"a": field}, {"rest": remaining, "due": due}) == status


def test_credit_is_an_amount_below_zero() -> None:
    assert [mapped({"a": is_negative("x")}, {"x": sent}) for sent in (-1.0, 0, 5.5, None)] == [
        True, False, False, None,
    ]  # fmt: skip


def test_what_is_no_amount_names_the_property() -> None:
    with pytest.raises(Unmappable, match=r"^x is not a number$"):
        mapped({"a": is_negative("x")}, {"x": "canary"})


def test_first_filled_property_counts() -> None:
    assert mapped({"a": first_of("x", "y")}, {"x": "", "y": " b "}) == "b"


def test_entry_changed_when_its_newest_line_did() -> None:
    lines: JsonValue = [{"m": "2026-01-02T00:00:00"}, {"m": "2026-03-01T08:00:00.5"}, {"m": None}]
    assert mapped({"a": newest_stamp("lines", "m")}, {"lines": lines}) == "2026-03-01T08:00:00.500000Z"
    assert mapped({"a": newest_stamp("lines", "m")}, {}) is None


def test_a_stamp_with_all_its_digits_and_a_zone_is_one() -> None:
    stamp = "2026-11-29T12:00:00.1234567+01:00"
    assert newest([{"modifiedOn": stamp}, {"modifiedOn": "2026-11-29T11:59:59"}]) == (
        WatermarkKind.INSTANT,
        stamp,
    )


def test_greatest_stamp_of_a_page_is_kept_as_it_came() -> None:
    page: list[JsonValue] = [
        {"modifiedOn": "2026-03-01T08:15:00.2"},
        {"modifiedOn": "2026-03-01T08:15:00.25"},
        {"modifiedOn": "2026-03-01T08:15:00"},
        {"modifiedOn": "soon"},
        {"modifiedOn": None},
        {"modifiedOn": 7},
        {"modifiedOn": "9" * 5000},
        "canary",
    ]
    assert newest(page) == at("2026-03-01T08:15:00.25")


@pytest.mark.parametrize("page", [[], [{}], [{"modifiedOn": ""}]])
def test_page_without_stamps_tells_no_watermark(page: list[JsonValue]) -> None:
    assert newest(page) is None


def test_changes_are_asked_by_the_wall_clock_and_an_hour_more_for_october() -> None:
    asked = filter_of(at("2026-10-25T03:00:00.25"), CHANGES.overlap)
    assert asked == "ModifiedOn gt datetime'2026-10-25T01:55:00.250'"


def test_stamp_before_all_time_asks_for_everything() -> None:
    assert (
        filter_of(at("0001-01-01T00:00:00"), timedelta(hours=1))
        == "ModifiedOn gt datetime'0001-01-01T00:00:00.000'"
    )


@pytest.mark.parametrize(
    "since",
    [at(""), at("canary"), at("9" * 500), at("2026-02-30T00:00:00"), Watermark(WatermarkKind.SEQUENCE, "7")],
)
def test_watermark_of_another_listing_is_refused(since: Watermark) -> None:
    with pytest.raises(ProviderFailure, match="watermark_invalid"):
        filter_of(since, timedelta(0))
