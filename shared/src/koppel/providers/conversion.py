"""From a provider's JSON values to canonical ones. Each raises `Unmappable` for what it cannot read.

Canonical: identifiers and account numbers are text, decimals are text without exponent or padding
(`1234.5`), business dates are `YYYY-MM-DD`, instants are UTC with a `Z`. A problem never quotes the value,
which can be somebody's data.
"""

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from pydantic import JsonValue

_LONGEST_NUMBER = 40
"""Characters of a decimal."""

_DIGITS = frozenset("0123456789.-")


class Unmappable(ValueError):
    """The value is not of the form that the provider documents."""


def says_nothing(value: JsonValue) -> bool:
    """Null, or empty text."""
    return value is None or value == ""


def text(value: JsonValue) -> str:
    """Text; a whole number becomes its digits, since providers change between the two."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Unmappable("is not text")


def identifier(value: JsonValue) -> str:
    """A whole number as its digits; text stays what it is."""
    return str(value) if value.__class__ is int else text(value)


def flag(value: JsonValue) -> bool:
    """Yes or no."""
    if isinstance(value, bool):
        return value
    raise Unmappable("is not true or false")


def whole(value: JsonValue) -> int:
    """A whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Unmappable("is not a whole number")


def decimal(value: JsonValue) -> str:
    """A number, or decimal text as OData v2 writes decimals, as decimal text.

    The JSON parser reads a fraction as the nearest double; its shortest repr gives back every decimal of up
    to 15 significant digits as it was written, which covers amounts of 2 and quantities of 4 decimals.
    """
    if value.__class__ is float:
        digits = repr(value)
        if digits.endswith(".0"):
            digits = digits[:-2]
        elif "e" in digits:
            digits = format(Decimal(digits), "f")
        return "0" if digits == "-0" else digits
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return written(number(value))
    raise Unmappable("is not a number")


def number(value: JsonValue) -> Decimal:
    """The exact number behind decimal text or a JSON number."""
    digits = value if isinstance(value, str) else decimal(value)
    try:
        if 0 < len(digits) <= _LONGEST_NUMBER and _DIGITS.issuperset(digits):
            return Decimal(digits)
    except InvalidOperation:
        pass
    raise Unmappable("is not a number")


def written(exact: Decimal) -> str:
    """A number in canonical form."""
    digits = format(exact, "f")
    short = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return "0" if short == "-0" else short


def business_date(value: JsonValue) -> str | None:
    """The calendar day of a date that travels as a date-time; its clock time and zone mean nothing."""
    if isinstance(value, str):
        return _day(value[:10]) if value else None
    raise Unmappable("is not a date")


@lru_cache(maxsize=8192)  # some twenty years; the same days come back in every record
def _day(day: str) -> str:
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        raise Unmappable("is not a date") from None


def instant(value: JsonValue) -> str | None:
    """A moment in UTC, digits as sent; without a zone it is UTC already."""
    if value == "":
        return None
    if isinstance(value, str) and value[10:11] == "T" and value[-1] == "Z":
        moment(value)
        return value
    return moment(value).isoformat().replace("+00:00", "Z")


def moment(value: JsonValue) -> datetime:
    """A moment as a datetime in UTC; without a zone it is UTC already."""
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
            if parsed.tzinfo is UTC:
                return parsed
            return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Unmappable("is not a date and time")
