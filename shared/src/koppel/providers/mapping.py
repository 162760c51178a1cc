"""A record's canonical form as data: canonical field ← the provider's property, compiled once.

Properties that a record lacks become null, as empty text does where something else than text belongs; properties that
no table names stay in the raw body only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import TypeGuard

from pydantic import JsonValue

from koppel.providers import conversion
from koppel.providers.conversion import Unmappable

Item = dict[str, JsonValue]
Mapper = Callable[[Item], dict[str, JsonValue]]


@dataclass(frozen=True, slots=True)
class Field:
    """One property through one converter."""

    prop: str
    convert: Callable[[JsonValue], JsonValue]


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value in every record of a listing."""

    value: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Several properties under one canonical field, such as an address."""

    fields: "Fields"


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of objects, each with a table of its own."""

    prop: str
    fields: "Fields"


@dataclass(frozen=True, slots=True)
class Texts:
    """Numbered properties (`…Id1`, `…Id2`) as one list of those that are filled."""

    props: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Derived:
    """What follows from several properties together; `derive` raises `Unmappable` with the name of one that it cannot read."""

    props: tuple[str, ...]
    derive: Callable[[Item], JsonValue]


Part = Group | Rows | Texts | Derived
Fields = Mapping[str, Field | Constant | Part]


def text(prop: str) -> Field:
    return Field(prop, conversion.text)


def identifier(prop: str) -> Field:
    """Text that the provider sends as a whole number: an account's or an invoice's number."""
    return Field(prop, conversion.identifier)


def flag(prop: str) -> Field:
    return Field(prop, conversion.flag)


def whole(prop: str) -> Field:
    return Field(prop, conversion.whole)


def decimal(prop: str) -> Field:
    return Field(prop, conversion.decimal)


def business_date(prop: str) -> Field:
    return Field(prop, conversion.business_date)


def instant(prop: str) -> Field:
    return Field(prop, conversion.instant)


def choice(prop: str, names: Mapping[int, str]) -> Field:
    """A numbered enumeration; a number that has no name yet stays visible as its digits."""

    def convert(value: JsonValue) -> str:
        number = conversion.whole(value)
        return names.get(number) or str(number)

    return Field(prop, convert)


def compile_key(props: tuple[str, ...]) -> Callable[[Item], str]:
    """The function that reads a record's external id: its key properties, joined by a colon."""

    (first, *others) = props

    def key(item: Item) -> str:
        return ":".join([_key_part(item, prop) for prop in props])

    def single(item: Item) -> str:
        value = item.get(first)
        return value if isinstance(value, str) and value else _key_part(item, first)

    return key if others else single


def _key_part(item: Item, prop: str) -> str:
    value = item.get(prop)
    if value is None or value == "":
        raise Unmappable(f"{prop} is missing")
    return _text_of(item, prop)


def compile_fields(fields: Fields) -> Mapper:
    """The function that maps a record. Raises `Unmappable`, naming the property.

    Text fields, which are most, are picked and stored together rather than one by one, into a copy of a
    dictionary that already has its final size: that halves the time of a contact.
    """
    text_fields = {name: f.prop for name, f in fields.items() if _is_text(f)}
    names, pick = tuple(text_fields), _compile_pick(tuple(text_fields.values()))
    converted = tuple(
        (n, f.prop, f.convert) for n, f in fields.items() if isinstance(f, Field) and not _is_text(f)
    )
    parts = tuple((n, _compile_part(f)) for n, f in fields.items() if isinstance(f, Part))
    template: dict[str, JsonValue] = {
        name: f.value if isinstance(f, Constant) else None for name, f in fields.items()
    }

    def mapper(item: Item) -> dict[str, JsonValue]:
        mapped = template.copy()
        mapped.update(zip(names, pick(item), strict=False))  # of one length; checking that takes time
        prop = ""
        try:
            for name, prop, convert in converted:
                value = item.get(prop)
                if value is not None and value != "":
                    mapped[name] = convert(value)
        except Unmappable as problem:
            raise Unmappable(f"{prop} {problem}") from None
        for name, part in parts:
            mapped[name] = part(item)
        return mapped

    return mapper


def _is_text(field: Field | Constant | Part) -> TypeGuard[Field]:
    return isinstance(field, Field) and field.convert is conversion.text


def _compile_pick(props: tuple[str, ...]) -> Callable[[Item], tuple[JsonValue, ...]]:
    """The function that reads several text properties; absent ones are None."""

    def one_by_one(item: Item) -> tuple[JsonValue, ...]:
        return tuple(None if item.get(prop) is None else _text_of(item, prop) for prop in props)

    if len(props) < 2:  # itemgetter gives a tuple only for two and more
        return one_by_one
    at_once = itemgetter(*props)

    def pick(item: Item) -> tuple[JsonValue, ...]:
        try:
            values: tuple[JsonValue, ...] = at_once(item)
        except KeyError:
            return one_by_one(item)
        for value in values:
            if value.__class__ is not str and value is not None:
                return one_by_one(item)
        return values

    return pick


def _text_of(item: Item, prop: str) -> str:
    try:
        return conversion.text(item.get(prop))
    except Unmappable as problem:
        raise Unmappable(f"{prop} {problem}") from None


def _compile_part(part: Part) -> Callable[[Item], JsonValue]:
    match part:
        case Group(fields):
            return compile_fields(fields)
        case Rows(prop, fields):
            return _compile_rows(prop, compile_fields(fields))
        case Texts(props):
            return lambda item: [_text_of(item, prop) for prop in props if item.get(prop)]
        case Derived(derive=derive):
            return derive


def _compile_rows(prop: str, row: Mapper) -> Callable[[Item], JsonValue]:
    def rows(item: Item) -> JsonValue:
        value = item.get(prop)
        if value is None:
            return None
        if not isinstance(value, list):
            raise Unmappable(f"{prop} is not a list")
        mapped: list[JsonValue] = []
        for position, entry in enumerate(value):
            if not isinstance(entry, dict):
                raise Unmappable(f"{prop}[{position}] is not an object")
            try:
                mapped.append(row(entry))
            except Unmappable as problem:
                raise Unmappable(f"{prop}[{position}].{problem}") from None
        return mapped

    return rows
