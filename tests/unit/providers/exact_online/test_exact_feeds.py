"""Exact's rising numbers: above 2^53, as text, unreadable, and in no order."""

import pytest
from pydantic import JsonValue

from koppel.providers.exact_online import feeds
from koppel.providers.failures import ProviderFailure
from koppel.providers.reading import RemovedItem, Watermark, WatermarkKind

ABOVE_A_DOUBLE = 2**53 + 1


def sequence(value: str) -> Watermark:
    return Watermark(WatermarkKind.SEQUENCE, value)


def test_filter_asks_above_the_watermark_and_above_the_start_without_one() -> None:
    assert feeds.filter_of("Timestamp", sequence(str(ABOVE_A_DOUBLE)), 1) == "Timestamp gt 9007199254740993L"
    assert feeds.filter_of("Timestamp", None, 1) == "Timestamp gt 1L"


@pytest.mark.parametrize(
    "since",
    [
        sequence("1 or true"), sequence("-1"), sequence(""), sequence("1.5"), sequence(str(2**63)), sequence("9" * 99),
        Watermark(WatermarkKind.INSTANT, "20261129"),
    ],
)  # fmt: skip
def test_watermark_of_something_else_is_refused_and_never_sent(since: Watermark) -> None:
    with pytest.raises(ProviderFailure) as refused:
        feeds.filter_of("Timestamp", since, 1)
    assert refused.value.code == "watermark_invalid"


def test_highest_number_counts_whatever_the_order() -> None:
    items: list[JsonValue] = [{"Timestamp": 5}, {"Timestamp": ABOVE_A_DOUBLE}, {"Timestamp": "7"}]
    assert feeds.watermark(feeds.numbers(items, "Timestamp")) == sequence(str(ABOVE_A_DOUBLE))


@pytest.mark.parametrize("unread", [None, 1.5, True, "x", -1, 2**63, [], float(2**60)])
def test_number_that_cannot_be_read_moves_no_watermark(unread: JsonValue) -> None:
    items: list[JsonValue] = [{"Timestamp": unread}, "no object", {}]
    assert feeds.watermark(feeds.numbers(items, "Timestamp")) is None


def test_removal_names_entity_key_and_number() -> None:
    items: list[JsonValue] = [{"Timestamp": "12", "EntityType": 1, "EntityKey": "k"}]
    assert feeds.removed_items(items) == [RemovedItem("1", "k", 12)]


@pytest.mark.parametrize(
    "entry",
    [
        "text", {}, {"Timestamp": 1, "EntityType": 1}, {"Timestamp": 1, "EntityType": 1, "EntityKey": ""},
        {"Timestamp": 1, "EntityType": 1, "EntityKey": "k" * 101}, {"Timestamp": 1.5, "EntityType": 1, "EntityKey": "k"},
        {"Timestamp": 1, "EntityType": None, "EntityKey": "k"},
    ],
)  # fmt: skip
def test_removal_that_says_not_what_is_gone_is_never_passed_over(entry: JsonValue) -> None:
    with pytest.raises(ProviderFailure) as refused:
        feeds.removed_items([entry])
    assert refused.value.code == "provider_bad_answer"


def test_removal_of_a_kind_that_is_not_read_here_stays_an_entry() -> None:
    items: list[JsonValue] = [{"Timestamp": 1, "EntityType": 999, "EntityKey": "k"}]
    assert feeds.removed_items(items) == [RemovedItem("999", "k", 1)]
