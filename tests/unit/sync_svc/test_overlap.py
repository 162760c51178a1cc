"""Stamps before a watermark, and the overlap that misses raise."""

from datetime import timedelta

import pytest
from pydantic import JsonValue

from koppel.providers.reading import Watermark, WatermarkKind
from sync_svc.domain.watermark import LONGEST_OVERLAP, earlier, raised, stamped_before

INSTANT = Watermark(WatermarkKind.INSTANT, "2026-11-29T12:00:00+00:00")
NUMBER = Watermark(WatermarkKind.SEQUENCE, "100")


@pytest.mark.parametrize(
    ("stamp", "known", "before"),
    [
        ("2026-11-29T12:00:00Z", INSTANT, True),
        ("2026-11-29T12:00:00.001Z", INSTANT, False),
        ("2026-11-29T11:59:59", INSTANT, True),  # without a zone it is UTC
        ("2026-11-29T12:30:00+01:00", INSTANT, True),
        ("yesterday", INSTANT, False),
        (None, INSTANT, False),
        (20261129, INSTANT, False),
        (100, NUMBER, True),
        ("100", NUMBER, True),
        (101, NUMBER, False),
        (-1, NUMBER, False),
        ("", NUMBER, False),
        ("2026-11-29T12:00:00Z", Watermark(WatermarkKind.INSTANT, "?"), False),
        (1, Watermark(WatermarkKind.SEQUENCE, "?"), False),
        ("1", Watermark(WatermarkKind.WHOLE, ""), False),
    ],
)
def test_a_stamp_lies_before_what_was_read(stamp: JsonValue, known: Watermark, before: bool) -> None:
    assert stamped_before(stamp, known) is before


def test_the_overlap_doubles_from_ten_minutes_to_a_day() -> None:
    overlap, seen = timedelta(0), []
    for _ in range(10):
        overlap = raised(overlap)
        seen.append(overlap)
    assert seen[:3] == [timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=40)]
    assert seen[-1] == LONGEST_OVERLAP


def test_only_an_instant_is_asked_for_earlier() -> None:
    assert earlier(INSTANT, timedelta(minutes=10)) == Watermark(
        WatermarkKind.INSTANT, "2026-11-29T11:50:00+00:00"
    )
    assert earlier(INSTANT, timedelta(0)) == INSTANT
    assert earlier(NUMBER, timedelta(minutes=10)) == NUMBER
    assert earlier(None, timedelta(minutes=10)) is None
    first = Watermark(WatermarkKind.INSTANT, "0001-01-01T00:00:00+00:00")
    assert earlier(first, timedelta(minutes=10)) == first


def test_only_instants_and_numbers_are_compared_with_a_stamp() -> None:
    whole = Watermark(WatermarkKind.WHOLE, "2026-11-29T10:00:00+00:00")
    assert not stamped_before("2026-11-28T10:00:00+00:00", whole)


def test_what_is_no_instant_is_asked_for_as_it_is_also_where_it_reads_like_one() -> None:
    number = Watermark(WatermarkKind.SEQUENCE, "20261129")
    assert earlier(number, timedelta(hours=1)) is number


def test_without_an_overlap_an_instant_is_the_same_text() -> None:
    known = Watermark(WatermarkKind.INSTANT, "2026-11-29T10:00:00Z")
    assert earlier(known, timedelta()) is known
