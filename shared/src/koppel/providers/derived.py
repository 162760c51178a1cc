"""Fields that several providers' listings make in the same way."""

from pydantic import JsonValue

from koppel.providers import conversion
from koppel.providers.conversion import Unmappable, number, written
from koppel.providers.mapping import Derived, Field, Item


def negated(prop: str) -> Field:
    """The opposite of a flag."""
    return Field(prop, lambda value: not conversion.flag(value))


def fraction(prop: str) -> Field:
    """A percentage, `21.0`, as the fraction 0.21."""
    return Field(prop, lambda value: written(number(value).scaleb(-2)))


def first_of(*props: str) -> Derived:
    """The first property that is not empty, as text."""
    return Derived(props, lambda item: next((said for prop in props if (said := text_of(item, prop))), None))


def inside(prop: str, name: str = "id") -> Derived:
    """A text of the object in `prop`, such as the id of a reference; null without one."""

    def derive(item: Item) -> JsonValue:
        inner = item.get(prop)
        return text_of(inner, name) or None if isinstance(inner, dict) else None

    return Derived((prop,), derive)


def text_of(item: Item, prop: str) -> str:
    """Text without blanks around it; empty where there is none. Raises `Unmappable` with the property's name."""
    value = item.get(prop)
    try:
        return "" if value is None else conversion.text(value).strip()
    except Unmappable as problem:
        raise Unmappable(f"{prop} {problem}") from None
