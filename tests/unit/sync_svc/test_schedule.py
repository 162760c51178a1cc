"""A schedule has a phase of its own and keeps it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sync_svc.domain.schedule import next_due

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ONE = UUID("0197b000-0000-7000-8000-000000000001")


def test_the_next_instant_lies_within_one_interval() -> None:
    due = next_due(ONE, 60, NOON)
    assert NOON < due <= NOON + timedelta(minutes=60)


def test_a_late_run_does_not_shift_the_phase() -> None:
    first = next_due(ONE, 60, NOON)
    assert next_due(ONE, 60, first) == first + timedelta(minutes=60)
    assert next_due(ONE, 60, first + timedelta(minutes=17)) == first + timedelta(minutes=60)


def test_a_long_outage_is_caught_up_with_one_run() -> None:
    first = next_due(ONE, 60, NOON)
    assert next_due(ONE, 60, first + timedelta(hours=9, minutes=1)) == first + timedelta(hours=10)


def test_administrations_are_spread_over_the_interval() -> None:
    many = [UUID(int=ONE.int + number) for number in range(600)]
    minutes = {(next_due(each, 60, NOON) - NOON) // timedelta(minutes=10) for each in many}
    assert minutes >= {0, 1, 2, 3, 4, 5}


def test_the_same_administration_gets_the_same_phase_everywhere() -> None:
    assert next_due(ONE, 60, NOON) == next_due(UUID(str(ONE)), 60, NOON)


def test_the_phase_is_the_same_in_every_version() -> None:
    """A release that computed another phase would start all administrations at another minute, and some twice."""
    assert next_due(ONE, 60, NOON) == datetime(2026, 11, 24, 12, 59, 33, tzinfo=UTC)
    assert next_due(ONE, 7 * 24 * 60 - 1, NOON) == datetime(2026, 11, 25, 19, 30, 33, tzinfo=UTC)
