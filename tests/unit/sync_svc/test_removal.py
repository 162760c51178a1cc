"""Only a complete listing may say that something is gone, and not too much at once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from koppel.contracts.values import ResourceName
from koppel.providers.listing import Listing
from koppel.providers.reading import Feed, Flag, Listed, Removal, Sequence, Sweep
from sync_svc.domain.record import Gone
from sync_svc.domain.removal import (
    feeds_of,
    guard_holds,
    is_about_half,
    is_complete,
    is_counted,
    lapsed,
    misses_that_delete,
    of_feed,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MEMORY = timedelta(days=56)


@pytest.mark.parametrize(
    ("filtered", "distinct_ids", "total", "complete"),
    [
        (False, 10, 10, True),
        (False, 0, 0, True),
        (True, 10, 10, False),
        (False, 9, 10, False),
        (False, 11, 10, False),
        (False, 10, None, False),
    ],
)
def test_a_listing_proves_absence_only_when_whole(
    filtered: bool, distinct_ids: int, total: int | None, complete: bool
) -> None:
    assert (
        is_complete(filtered=filtered, distinct_ids=distinct_ids, total=total, failed=0, counted=True)
        is complete
    )


@pytest.mark.parametrize(
    ("vanished", "live", "held"),
    [(20, 61, False), (21, 64, True), (21, 84, False), (25, 100, False), (26, 100, True), (0, 0, False)],
)
def test_the_guard_holds_above_twenty_and_a_quarter(vanished: int, live: int, held: bool) -> None:
    assert guard_holds(Sweep(), _gone(vanished, live)) is held


@pytest.mark.parametrize(
    ("removal", "vanished", "before", "held"),
    [
        (Sweep(), 1, 1, False),
        (Sweep(), 1, 2, False),
        (Sweep(), 2, 2, True),
        (Sweep(), 3, 5, False),
        (Sweep(), 4, 9, True),
        (Sweep(), 4, 10, False),
        (Sweep(), 20, 41, True),
        (Sweep(), 20, 42, False),
        (Flag("Inactive", True), 6, 6, True),
        (Listed(), 1, 1, True),
        (Listed(), 1, 2, False),
        (Listed(), 2, 5, False),
        (Listed(), 4, 8, True),
        (Feed("gone", "1", MEMORY), 1, 1, True),
        (Feed("gone", "1", MEMORY), 0, 0, False),
    ],
)
def test_the_guard_holds_when_half_or_all_that_was_there_before_vanished(
    removal: Removal, vanished: int, before: int, held: bool
) -> None:
    assert guard_holds(removal, _gone(vanished, before + 3, before)) is held


@pytest.mark.parametrize(
    ("vanished", "before", "about_half"),
    [(0, 0, False), (0, 1, False), (1, 1, True), (1, 3, True), (1, 4, False), (2, 5, True)],
)
def test_about_half_is_what_a_list_lacks_that_ends_in_its_middle(
    vanished: int, before: int, *, about_half: bool
) -> None:
    assert is_about_half(_gone(vanished, before)) is about_half


def _gone(vanished: int, live: int, before: int | None = None) -> Gone:
    return Gone([str(number) for number in range(vanished)], live, live if before is None else before)


@pytest.mark.parametrize(
    ("filtered", "total", "failed", "complete"),
    [
        (False, None, 0, True),
        (True, None, 0, False),
        (False, None, 1, False),
        (False, 10, 0, True),
        (False, 11, 0, False),
        (False, 10, 1, True),
    ],
)
def test_a_reading_that_is_never_counted_needs_no_total_but_every_item(
    filtered: bool, total: int | None, failed: int, complete: bool
) -> None:
    found = is_complete(filtered=filtered, distinct_ids=10, total=total, failed=failed, counted=False)
    assert found is complete


def test_a_rising_number_skips_nothing_and_everything_else_is_counted_unless_it_says_otherwise() -> None:
    by_number, by_instant = replace(_listing("a", Sweep()), cursor=Sequence("Stamp")), _listing("b", Sweep())
    assert (is_counted(by_number), is_counted(by_instant)) == (False, True)
    assert is_counted(replace(by_instant, counted=False)) is False


@pytest.mark.parametrize(
    ("removal", "misses"),
    [(Sweep(), 2), (Flag("Inactive", True), 2), (Feed("gone", "1", MEMORY), 1), (Listed(), 1)],
)
def test_what_tells_removals_decides_how_often_something_must_be_missing(
    removal: Removal, misses: int
) -> None:
    assert misses_that_delete(removal) == misses


@pytest.mark.parametrize(
    ("read_at", "late"),
    [(None, True), (NOW - MEMORY, False), (NOW - MEMORY - timedelta(seconds=1), True), (NOW, False)],
)
def test_a_feed_forgets_what_is_older_than_its_memory(read_at: datetime | None, late: bool) -> None:
    assert lapsed(Feed("gone", "1", MEMORY), read_at, NOW) is late


def test_a_feed_serves_the_listings_that_name_it() -> None:
    lines, accounts, papers, other = (
        _listing("lines", Feed("gone", "1", MEMORY)),
        _listing("accounts", Feed("gone", "7", MEMORY)),
        _listing("papers", Sweep()),
        _listing("other", Feed("elsewhere", "1", MEMORY)),
    )
    every = [lines, papers, accounts, other]
    assert feeds_of(every) == ["gone", "elsewhere"]
    assert of_feed(every, "gone") == [(lines.removal, lines), (accounts.removal, accounts)]
    assert of_feed(every, "nowhere") == []


def _listing(name: str, removal: Removal) -> Listing:
    return Listing(name=name, resource=ResourceName.VOUCHER, path=f"/{name}", removal=removal, fields={})
