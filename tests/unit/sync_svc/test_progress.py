"""How far a run is, told without boasting."""

from sync_svc.domain.progress import Share, percent


def test_nothing_read_is_nothing() -> None:
    assert percent([]) == 0
    assert percent([Share(done=False, fetched=0, expected=None)] * 3) == 0


def test_only_a_finished_run_is_at_a_hundred() -> None:
    assert percent([Share(done=True, fetched=10, expected=10)]) == 99


def test_known_sizes_weigh() -> None:
    large, small = Share(done=False, fetched=900, expected=999), Share(done=False, fetched=0, expected=0)
    assert percent([large, small]) == 90


def test_an_unknown_size_makes_all_listings_weigh_the_same() -> None:
    shares = [Share(done=True, fetched=9_000, expected=9_000), Share(done=False, fetched=0, expected=None)]
    assert percent(shares) == 50


def test_more_than_was_announced_is_no_more_than_all() -> None:
    more, none = Share(done=False, fetched=20, expected=10), Share(done=False, fetched=0, expected=20)
    assert percent([more]) == 99
    assert percent([more, none]) == 50


def test_a_listing_that_ended_needs_no_size() -> None:
    ended = Share(done=True, fetched=99, expected=None)
    assert percent([ended, Share(done=False, fetched=0, expected=299)]) == 25


def test_parts_are_told_by_the_hundred_and_rounded_down() -> None:
    assert percent([Share(done=False, fetched=799, expected=1_000)]) == 79


def test_an_empty_listing_weighs_one() -> None:
    empty = Share(done=True, fetched=0, expected=0)
    assert percent([empty, Share(done=False, fetched=0, expected=3)]) == 20
