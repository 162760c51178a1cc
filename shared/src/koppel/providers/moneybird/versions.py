"""Moneybird's way to tell changes: a list of all ids with a version each, and objects by a hundred ids."""

from collections.abc import Collection

from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.conversion import Unmappable, identifier
from koppel.providers.failures import failure
from koppel.providers.reading import sequence_number

BATCH = 100
"""Ids in one call; more are refused."""


def versions_of(items: list[JsonValue]) -> dict[str, str]:
    """Id → version. Raises `provider_bad_answer` when an entry cannot be read: absence from this list is deletion.

    An id that is listed twice counts once, with the higher of its versions.
    """
    numbers: dict[str, int] = {}
    readable = True
    for item in items:
        entry = _entry(item)
        if entry is None:
            readable = False
            break
        key, version = entry
        numbers[key] = max(version, numbers.get(key, version))
    if not readable:
        raise failure(failures.BAD_ANSWER)
    return {key: str(version) for key, version in numbers.items()}


def _entry(item: JsonValue) -> tuple[str, int] | None:
    if not isinstance(item, dict):
        return None
    try:
        key = identifier(item.get("id"))
    except Unmappable:
        return None
    version = sequence_number(item.get("version"))
    return (key, version) if key and version is not None else None


def asked_for(items: list[JsonValue], ids: Collection[str]) -> list[JsonValue]:
    """The items that were asked for, in the order of their coming; others are left aside.

    What lacks a readable id stays: it is counted as broken where items become records.
    """
    wanted = frozenset(ids)
    return [item for item in items if (entry := _id(item)) is None or entry in wanted]


def _id(item: JsonValue) -> str | None:
    try:
        return identifier(item.get("id")) if isinstance(item, dict) else None
    except Unmappable:
        return None
