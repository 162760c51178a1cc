"""Lists of ids with versions, and objects by ids, as Moneybird may send them."""

import pytest
from pydantic import JsonValue

from koppel.providers.failures import ProviderFailure
from koppel.providers.moneybird.versions import asked_for, versions_of


def test_ids_and_versions_come_as_text_or_as_numbers() -> None:
    listed: list[JsonValue] = [
        {"id": "433546253484721171", "version": 1795521600},
        {"id": 433546253484721172, "version": "2"},
    ]
    assert versions_of(listed) == {"433546253484721171": "1795521600", "433546253484721172": "2"}


def test_an_empty_list_is_a_list() -> None:
    assert versions_of([]) == {}


def test_an_id_listed_twice_counts_once_with_its_higher_version() -> None:
    listed: list[JsonValue] = [{"id": "1", "version": 9}, {"id": 1, "version": 10}, {"id": "1", "version": 2}]
    assert versions_of(listed) == {"1": "10"}


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"id": "1"},
        {"version": 1},
        {"id": "", "version": 1},
        {"id": None, "version": 1},
        {"id": 1.5, "version": 1},
        {"id": True, "version": 1},
        {"id": "1", "version": "x"},
        {"id": "1", "version": -1},
        {"id": "1", "version": None},
        {"id": ["1"], "version": 1},
        "1",
        None,
        ["1", 1],
    ],
)
def test_one_entry_that_cannot_be_read_spoils_the_list(entry: JsonValue) -> None:
    with pytest.raises(ProviderFailure, match="provider_bad_answer"):
        versions_of([{"id": "2", "version": 1}, entry])


def test_objects_are_taken_in_any_order_and_strangers_left_aside() -> None:
    items: list[JsonValue] = [{"id": 3}, {"id": "9"}, {"id": "1"}, {"id": 433546253484721172}]
    assert asked_for(items, ["1", "2", "3"]) == [{"id": 3}, {"id": "1"}]


def test_object_without_readable_id_stays_to_be_counted() -> None:
    items: list[JsonValue] = [{"name": "x"}, "canary", {"id": {"x": 1}}, {"id": "7"}]
    assert asked_for(items, ["1"]) == [{"name": "x"}, "canary", {"id": {"x": 1}}]
