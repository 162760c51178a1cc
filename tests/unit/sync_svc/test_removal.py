"""Only a complete listing may say that something is gone, and not too much at once."""

import pytest

from sync_svc.domain.removal import guard_holds, is_complete


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
    assert is_complete(filtered=filtered, distinct_ids=distinct_ids, total=total) is complete


@pytest.mark.parametrize(
    ("vanished", "live", "held"),
    [(20, 20, False), (21, 21, True), (21, 84, False), (25, 100, False), (26, 100, True), (0, 0, False)],
)
def test_the_guard_holds_above_twenty_and_a_quarter(vanished: int, live: int, held: bool) -> None:
    assert guard_holds(vanished=vanished, live=live) is held
