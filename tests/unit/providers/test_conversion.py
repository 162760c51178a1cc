"""Values of a provider's JSON in canonical form."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import orjson
import pytest
from pydantic import JsonValue

from koppel.providers import conversion
from koppel.providers.conversion import Unmappable


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("0", "0"),
        ("0.0", "0"),
        ("-0.0", "0"),
        ("12", "12"),
        ("12.00", "12"),
        ("12.50", "12.5"),
        ("-1234567.89", "-1234567.89"),
        ("0.1", "0.1"),
        ("0.00001", "0.00001"),
        ("1e22", "10000000000000000000000"),
        ("123456789012.34", "123456789012.34"),
        ("9007199254740993", "9007199254740993"),
    ],
)
def test_numbers_become_decimal_text_as_they_were_written(sent: str, canonical: str) -> None:
    assert conversion.decimal(orjson.loads(sent)) == canonical


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("12.50", "12.5"),
        ("-0.00", "0"),
        (".50", "0.5"),
        ("-.50", "-0.5"),
        ("0012", "12"),
        ("100", "100"),
        ("9" * 40, "9" * 40),
        ("9007199254740993.10", "9007199254740993.1"),
    ],
)
def test_decimal_text_is_exact_and_without_padding(sent: str, canonical: str) -> None:
    assert conversion.decimal(sent) == canonical


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("2026-01-05T00:00:00", "2026-01-05"),
        ("2026-01-05T23:59:59.9999999Z", "2026-01-05"),
        ("2026-01-05", "2026-01-05"),
        ("", None),
    ],
)
def test_business_dates_are_their_calendar_day(sent: str, canonical: str | None) -> None:
    assert conversion.business_date(sent) == canonical


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("2026-01-05T10:20:30.123Z", "2026-01-05T10:20:30.123Z"),
        ("2026-01-05T10:20:30", "2026-01-05T10:20:30Z"),
        ("2026-01-05T10:20:30+01:00", "2026-01-05T09:20:30Z"),
        ("2026-01-05 10:20:30Z", "2026-01-05T10:20:30Z"),
        ("", None),
    ],
)
def test_instants_are_utc(sent: str, canonical: str | None) -> None:
    assert conversion.instant(sent) == canonical


def test_a_moment_without_a_zone_is_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "NZT-12")
    time.tzset()
    try:
        read = conversion.moment("2026-01-05T10:20:30")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert read == datetime(2026, 1, 5, 10, 20, 30, tzinfo=UTC)


@pytest.mark.parametrize(("sent", "canonical"), [("00012", "00012"), (12, "12")])
def test_identifiers_are_text(sent: JsonValue, canonical: str) -> None:
    assert conversion.identifier(sent) == conversion.text(sent) == canonical


@pytest.mark.parametrize(
    ("convert", "value"),
    [
        (conversion.text, True),
        (conversion.text, 1.5),
        (conversion.text, {}),
        (conversion.identifier, False),
        (conversion.flag, 1),
        (conversion.whole, 1.5),
        (conversion.whole, True),
        (conversion.decimal, "1.234,50"),
        (conversion.decimal, "1e5"),
        (conversion.decimal, "9" * 5000),
        (conversion.decimal, "9" * 41),
        (conversion.decimal, ""),
        (conversion.decimal, "1-2"),
        (conversion.decimal, True),
        (conversion.business_date, "05-01-2026"),
        (conversion.business_date, "2026-02-30T00:00:00"),
        (conversion.business_date, 20260105),
        (conversion.instant, "yesterday"),
        (conversion.instant, "0001-01-01T00:00:00+14:00"),
        (conversion.instant, "9999-99-99T00:00:00Z"),
        (conversion.instant, 1700000000),
    ],
)
def test_other_forms_are_refused_rather_than_guessed(
    convert: Callable[[JsonValue], JsonValue], value: JsonValue
) -> None:
    with pytest.raises(Unmappable):
        convert(value)
