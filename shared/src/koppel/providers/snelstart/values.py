"""SnelStart's values: references inside objects, times without a zone, amounts as numbers."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from pydantic import JsonValue

from koppel.providers import conversion
from koppel.providers.conversion import Unmappable, says_nothing
from koppel.providers.derived import text_of
from koppel.providers.mapping import Derived, Item


def today() -> date:
    """The day that decides whether something is overdue; by our clock, a day is coarse enough."""
    return datetime.now(UTC).date()


def payment_status(remaining: str, due: str, day: Callable[[], date] = today) -> Derived:
    """Paid when nothing is open, overdue when the day has passed; null where the provider tells no balance."""

    def derive(item: Item) -> JsonValue:
        if says_nothing(item.get(remaining)):
            return None
        if amount_of(item, remaining) == 0:
            return "paid"
        ends = None if item.get(due) is None else conversion.business_date(item[due])
        return "overdue" if ends is not None and ends < day().isoformat() else "unpaid"

    return Derived((remaining, due), derive)


def is_negative(prop: str) -> Derived:
    """Whether an amount is below zero; null without one."""
    return Derived((prop,), lambda item: None if says_nothing(item.get(prop)) else amount_of(item, prop) < 0)


def amount_of(item: Item, prop: str) -> Decimal:
    try:
        return Decimal(conversion.decimal(item.get(prop)))
    except Unmappable as problem:
        raise Unmappable(f"{prop} {problem}") from None


def newest_stamp(rows: str, prop: str) -> Derived:
    """The latest of the lines' change stamps, as they came: all have one form, so text compares as time does."""

    def derive(item: Item) -> JsonValue:
        lines = item.get(rows)
        stamps = (
            [text_of(line, prop) for line in lines if isinstance(line, dict)]
            if isinstance(lines, list)
            else []
        )
        return conversion.instant(max(stamps)) if any(stamps) else None

    return Derived((rows,), derive)
