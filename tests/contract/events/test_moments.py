"""Instants in events are UTC with `Z`, whatever the publisher held."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import TypeAdapter

from koppel.contracts.event import UtcDateTime

MOMENT = TypeAdapter(UtcDateTime)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "2026-03-29T01:00:00Z"),
        (datetime(2026, 3, 29, 1, 0, 0, 120_000, tzinfo=UTC), "2026-03-29T01:00:00.12Z"),
        (datetime(2026, 3, 29, 3, 0, 50, tzinfo=timezone(timedelta(hours=2))), "2026-03-29T01:00:50Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_an_instant_is_written_in_utc(moment: datetime, text: str) -> None:
    assert MOMENT.dump_json(moment).decode() == f'"{text}"'
    assert MOMENT.validate_json(f'"{text}"') == moment
