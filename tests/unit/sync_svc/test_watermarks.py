"""A watermark rises, is of the listing's kind, and says when a feed numbers its changes anew."""

import pytest

from koppel.providers.reading import (
    ChangeCursor,
    Instant,
    Sequence,
    Versions,
    Watermark,
    WatermarkKind,
    Whole,
)
from sync_svc.domain.watermark import further, kind_of, usable, went_back

INSTANT, SEQUENCE = WatermarkKind.INSTANT, WatermarkKind.SEQUENCE
CURSORS = {
    INSTANT: Instant("ChangedUtc"),
    SEQUENCE: Sequence("Timestamp"),
    WatermarkKind.VERSIONS: Versions(100),
    WatermarkKind.WHOLE: Whole(),
}


@pytest.mark.parametrize(("kind", "cursor"), CURSORS.items())
def test_each_cursor_leaves_a_watermark_of_its_own_kind(kind: WatermarkKind, cursor: ChangeCursor) -> None:
    assert kind_of(cursor) is kind
    assert usable(Watermark(kind, "1"), cursor) == Watermark(kind, "1")
    assert usable(None, cursor) is None
    for other in WatermarkKind:
        if other is not kind:
            assert usable(Watermark(other, "1"), cursor) is None


@pytest.mark.parametrize(
    ("kind", "lower", "higher"),
    [
        (SEQUENCE, "9", "10"),
        (SEQUENCE, "9007199254740993", "9007199254740994"),
        (INSTANT, "2026-11-24T12:00:00+00:00", "2026-11-24T12:00:00.5+00:00"),
        (INSTANT, "2026-11-24T13:00:00+01:00", "2026-11-24T12:00:01Z"),
        (INSTANT, "2026-11-24T12:00:00", "2026-11-24T12:00:00.001"),
    ],
)
def test_of_two_watermarks_the_further_one_stays(kind: WatermarkKind, lower: str, higher: str) -> None:
    low, high = Watermark(kind, lower), Watermark(kind, higher)
    assert further(low, high) == further(high, low) == high
    assert further(None, low) == further(low, None) == low
    assert further(None, None) is None


@pytest.mark.parametrize(
    ("one", "other"), [("2026-11-24T12:00:00", "2026-11-24T11:00:00Z"), ("yesterday", "2026"), ("", "x")]
)
def test_of_two_that_cannot_be_compared_the_newer_one_stays(one: str, other: str) -> None:
    assert further(Watermark(INSTANT, one), Watermark(INSTANT, other)) == Watermark(INSTANT, other)


def test_of_two_that_are_equally_far_the_newer_one_stays() -> None:
    one, other = Watermark(INSTANT, "2026-11-24T12:00:00Z"), Watermark(INSTANT, "2026-11-24T13:00:00+01:00")
    assert further(one, other) == other


@pytest.mark.parametrize(
    ("since", "high", "back"),
    [("10", "9", True), ("10", "10", False), ("10", "11", False), ("9", "10", False), ("10", "x", False)],
)
def test_a_feed_goes_back_when_its_highest_number_is_below_the_watermark(
    since: str, high: str, back: bool
) -> None:
    assert went_back(Watermark(SEQUENCE, since), Watermark(SEQUENCE, high)) is back


def test_an_empty_page_and_a_clock_that_was_set_back_are_no_renumbering() -> None:
    assert not went_back(Watermark(SEQUENCE, "10"), None)
    assert not went_back(None, Watermark(SEQUENCE, "1"))
    earlier, later = "2026-11-24T12:00:00Z", "2026-11-24T12:00:01Z"
    assert not went_back(Watermark(INSTANT, later), Watermark(INSTANT, earlier))
