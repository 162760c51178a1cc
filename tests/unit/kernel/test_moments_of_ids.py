"""A UUIDv7 says when it was made."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from koppel.kernel.ids import first_id, moment_of, new_id


def test_a_moment_of_a_made_id_is_now() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    made = moment_of(new_id())
    assert made is not None
    assert before <= made <= datetime.now(UTC)


def test_an_id_says_its_millisecond() -> None:
    moment = datetime(2026, 11, 29, 8, 0, 0, 123_000, tzinfo=UTC)
    assert moment_of(_of_version_7(first_id(moment))) == moment
    assert first_id(moment + timedelta(microseconds=999)) == first_id(moment)
    assert first_id(moment) <= _of_version_7(first_id(moment)) < first_id(moment + timedelta(milliseconds=1))


def test_all_ids_come_after_the_first_of_a_moment_before_there_were_any() -> None:
    assert first_id(datetime(1, 1, 1, tzinfo=UTC)) == UUID(int=0)


@pytest.mark.parametrize(
    "identifier",
    [None, UUID(int=0), UUID(int=2**128 - 1), UUID("ffffffff-ffff-7fff-bfff-ffffffffffff"), uuid4()],
    ids=["none", "nil", "all ones", "of no calendar's year", "random"],
)
def test_what_is_no_id_of_a_moment_has_none(identifier: UUID | None) -> None:
    assert moment_of(identifier) is None


@pytest.mark.parametrize(("year", "told"), [(9998, True), (10000, False)])
def test_the_calendars_last_year_is_the_last(year: int, told: bool) -> None:
    days = (datetime(9999, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days + (year - 9999) * 366
    assert (moment_of(_of_version_7(UUID(int=days * 86_400_000 << 80))) is not None) == told


def test_the_last_moment_that_is_told_lies_before_the_calendars_last_but_one_day() -> None:
    """A day is left for every clock's offset."""
    end = first_id(datetime(9999, 12, 30, tzinfo=UTC))
    assert moment_of(_of_version_7(end)) is None
    assert moment_of(_of_version_7(UUID(int=end.int - (1 << 80)))) is not None


def _of_version_7(identifier: UUID) -> UUID:
    return UUID(int=identifier.int | 7 << 76 | 2 << 62)
