"""Exact's values: OData v2 dates, padded codes, amounts that are debit or credit by their sign."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from pydantic import JsonValue

from koppel.providers import conversion
from koppel.providers.conversion import Unmappable
from koppel.providers.derived import text_of
from koppel.providers.mapping import Derived, Field, Item

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_DATE = 40
"""Characters of `/Date(…)/` with a sign, an offset and more digits than any year has."""


def today() -> date:
    """The day that decides whether something has ended; by our clock, a day is coarse enough."""
    return datetime.now(UTC).date()


def odata_date(prop: str) -> Field:
    """A date-only property: midnight UTC of its day."""
    return Field(prop, lambda value: moment(value).date().isoformat())


def odata_instant(prop: str) -> Field:
    """A moment; whether `Created` and `Modified` are UTC or the Dutch clock is not confirmed: taken for UTC."""
    return Field(prop, _instant)


def trimmed(prop: str) -> Field:
    """A code that is padded with spaces; nothing but padding is nothing."""
    return Field(prop, lambda value: conversion.text(value).strip() or None)


def one_of(prop: str, *values: int) -> Field:
    """Whether a numbered enumeration has one of these values."""
    return Field(prop, lambda value: conversion.whole(value) in values)


def debit(prop: str) -> Field:
    """An amount that is not negative."""
    return Field(prop, lambda value: None if _is_negative(amount := conversion.decimal(value)) else amount)


def credit(prop: str) -> Field:
    """A negative amount, without its sign."""
    return Field(
        prop, lambda value: amount[1:] if _is_negative(amount := conversion.decimal(value)) else None
    )


def codes(*props: str) -> Derived:
    """The codes that are filled, as a list."""

    def derive(item: Item) -> JsonValue:
        return [code for prop in props if (code := text_of(item, prop))]

    return Derived(props, derive)


def unless_over(prop: str, ended: JsonValue, ongoing: JsonValue, day: Callable[[], date] = today) -> Derived:
    """One of two values, by whether the day in `prop` has passed; no day is no end."""

    def derive(item: Item) -> JsonValue:
        return ended if is_over(item, prop, day) else ongoing

    return Derived((prop,), derive)


def is_over(item: Item, prop: str, day: Callable[[], date] = today) -> bool:
    """Whether the day in `prop` lies before today."""
    value = item.get(prop)
    try:
        return not conversion.says_nothing(value) and moment(value).date() < day()
    except Unmappable as problem:
        raise Unmappable(f"{prop} {problem}") from None


def outermost(rows: str, prop: str, choose: Callable[..., datetime]) -> Derived:
    """The earliest (`min`) or latest (`max`) moment of a property over all lines."""

    def derive(item: Item) -> JsonValue:
        lines = item.get(rows)
        stamps = (
            [line.get(prop) for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []
        )
        try:
            moments = [moment(stamp) for stamp in stamps if stamp is not None]
        except Unmappable as problem:
            raise Unmappable(f"{prop} {problem}") from None
        return _written(choose(moments)) if moments else None

    return Derived((rows,), derive)


@lru_cache(maxsize=8192)  # the same days come back in every record
def _moment(text: str) -> datetime:
    """The milliseconds are UTC; an offset behind them only says on whose clock they were."""
    if text[:6] != "/Date(" or text[-2:] != ")/":
        raise Unmappable("is not a date")
    number = text[6:-2]
    for mark in "+-":
        number = number[:1] + number[1:].partition(mark)[0]
    digits = number.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise Unmappable("is not a date")
    try:
        return _EPOCH + timedelta(milliseconds=int(number))
    except OverflowError:
        raise Unmappable("is not a date") from None


def moment(value: JsonValue) -> datetime:
    """`/Date(1351209600000)/` as a datetime in UTC; a negative number lies before 1970."""
    if isinstance(value, str) and len(value) <= _LONGEST_DATE:
        return _moment(value)
    raise Unmappable("is not a date")


def _instant(value: JsonValue) -> str:
    return _written(moment(value))


def _written(when: datetime) -> str:
    timespec = "milliseconds" if when.microsecond else "seconds"
    return f"{when.replace(tzinfo=None).isoformat(timespec=timespec)}Z"


def _is_negative(amount: str) -> bool:
    return amount[:1] == "-"
