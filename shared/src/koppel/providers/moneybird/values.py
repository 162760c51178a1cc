"""Moneybird's values: amounts as text here and as numbers there, percentages, ids of 18 digits, names in two halves."""

from collections.abc import Mapping
from decimal import Decimal

from pydantic import JsonValue

from koppel.providers import conversion
from koppel.providers.conversion import Unmappable, number, says_nothing, written
from koppel.providers.derived import text_of
from koppel.providers.mapping import Derived, Field, Item


def amount(prop: str) -> Field:
    """Decimal text or a JSON number; both occur for one property."""
    return Field(prop, lambda value: written(number(value)))


def choice(prop: str, names: Mapping[str, str]) -> Field:
    """An enumeration of words; one that has no name yet stays visible as it came."""

    def convert(value: JsonValue) -> str:
        word = conversion.text(value)
        return names.get(word, word)

    return Field(prop, convert)


def name_of(item: Item) -> str | None:
    """A company's name, else the person's."""
    person = f"{text_of(item, 'firstname')} {text_of(item, 'lastname')}".strip()
    return text_of(item, "company_name") or person or None


def total_of(rows: str, prop: str) -> Derived:
    """The sum of a property over all rows; null when there is no list."""
    return Derived(
        (rows,), lambda item: None if (sum_of := sum_over(item, rows, prop)) is None else written(sum_of)
    )


def sum_over(item: Item, rows: str, prop: str) -> Decimal | None:
    lines = item.get(rows)
    if lines is None:
        return None
    if not isinstance(lines, list):
        raise Unmappable(f"{rows} is not a list")
    return sum((_number_in(line, f"{rows}.{prop}", prop) for line in lines), Decimal(0))


def difference(larger: str, smaller: str) -> Derived:
    """One amount less another; null unless both are there."""

    def derive(item: Item) -> JsonValue:
        if says_nothing(item.get(larger)) or says_nothing(item.get(smaller)):
            return None
        return written(_number_in(item, larger, larger) - _number_in(item, smaller, smaller))

    return Derived((larger, smaller), derive)


def open_amount(total: str, payments: str, paid: str) -> Derived:
    """What payments leave of a total, where the provider does not say it."""

    def derive(item: Item) -> JsonValue:
        if says_nothing(item.get(total)) or (sum_of := sum_over(item, payments, paid)) is None:
            return None
        return written(_number_in(item, total, total) - sum_of)

    return Derived((total, payments), derive)


def is_negative(item: Item, prop: str) -> bool:
    """Whether the amount is below zero; an absent one is not."""
    return _number_in(item, prop, prop) < 0


def _number_in(line: JsonValue, shown: str, prop: str) -> Decimal:
    value = line.get(prop) if isinstance(line, dict) else None
    try:
        return Decimal(0) if says_nothing(value) else number(value)
    except Unmappable as problem:
        raise Unmappable(f"{shown} {problem}") from None
