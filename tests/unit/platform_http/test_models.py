"""Bodies that are well-formed and meant to harm."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from koppel.kernel.ids import new_id
from koppel.platform.http import SCATTERED, Instant, RequestModel

_HASHES = 2**61 - 1


class Named(RequestModel):
    ids: Annotated[list[UUID], Field(max_length=10_000), SCATTERED]


def test_ids_that_share_a_hash_are_refused_before_a_set_meets_them() -> None:
    made = [UUID(int=(7 << 120) + each * _HASHES) for each in range(10_000)]
    assert len({hash(each) for each in made}) == 1
    with pytest.raises(ValidationError, match="made to collide"):
        Named(ids=made)


def test_ids_as_they_come_pass_and_one_may_be_named_twice() -> None:
    twice = new_id()
    assert len(Named(ids=[twice, *(new_id() for _ in range(1_000)), twice]).ids) == 1_002


@pytest.mark.parametrize("text", ["0001-01-01T13:59:59+14:00", "9999-12-31T10:00:00-14:00"])
def test_an_instant_that_has_no_date_in_utc_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="in UTC this is not in the years 1 to 9999"):
        TypeAdapter(Instant).validate_json(f'"{text}"')


@pytest.mark.parametrize("text", ["0001-01-01T14:00:00+14:00", "9999-12-31T09:59:59-14:00"])
def test_the_first_and_the_last_instant_of_utc_pass_whatever_their_offset(text: str) -> None:
    assert TypeAdapter(Instant).validate_json(f'"{text}"').isoformat() == text


@pytest.mark.parametrize(
    "given", ["2026", "0", "0.5", "-1e3", " 1764374400 ", "1_000", "inf", 1764374400, 0.5, True]
)
def test_a_number_is_no_instant(given: object) -> None:
    """It would be one of 1970, or of whatever the caller did not mean."""
    with pytest.raises(ValidationError, match="write an instant"):
        TypeAdapter(Instant).validate_python(given)


@pytest.mark.parametrize("given", ["2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00"])
def test_an_instant_is_one_whatever_its_offset(given: str) -> None:
    assert TypeAdapter(Instant).validate_python(given) == datetime(2026, 1, 31, 12, tzinfo=UTC)
