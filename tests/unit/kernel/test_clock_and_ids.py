"""The machine's time and fresh ids."""

from datetime import UTC, datetime, timedelta

from koppel.kernel.clock import SystemClock
from koppel.kernel.ids import new_id


def test_the_clock_tells_utc() -> None:
    before = datetime.now(UTC)
    told = SystemClock().now()
    assert told.utcoffset() == timedelta(0)
    assert before <= told <= datetime.now(UTC)


def test_ids_are_of_version_seven_and_come_in_order() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert {each.version for each in ids} == {7}
