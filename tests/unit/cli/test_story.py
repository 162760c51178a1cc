"""Events of several services become one story."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from koppel_cli.events.story import Moment, in_causal_order, tell

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
Json = dict[str, Any]


def logged(
    name: str,
    second: float,
    *,
    because: Json | None = None,
    topic: str = "koppel.sync.v1",
    key: str = "a",
    **changes: object,
) -> Json:
    at = (BEGAN + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")
    return {
        "event_id": str(uuid4()),
        "type": f"nl.koppel.{name}.v1",
        "topic": topic,
        "key": key,
        "version": 1,
        "at": at,
        "until": at,
        "count": 1,
        "causation_id": None if because is None else because["event_id"],
        "correlation_id": None,
        **changes,
    }


def names(moments: list[Moment]) -> list[str]:
    return [each.title for each in moments]


def test_services_are_merged_by_time() -> None:
    story = tell({"one": [logged("A", 1), logged("C", 3)], "two": [logged("B", 2), logged("D", 4)]})
    assert names(story) == ["A", "B", "C", "D"]
    assert [each.service for each in story] == ["one", "two", "one", "two"]


def test_a_clock_that_is_behind_puts_no_effect_before_its_cause() -> None:
    cause = logged("Cause", 10)
    effect = logged("Effect", 5, because=cause)
    further = logged("Further", 4, because=effect)
    story = tell({"behind": [effect], "right": [logged("Before", 9), cause], "far behind": [further]})
    assert names(story) == ["Before", "Cause", "Effect", "Further"]
    assert [each.because for each in story] == [None, None, "Cause", "Effect"]


def test_no_effect_comes_before_its_cause_however_clocks_go() -> None:
    chance = random.Random(11)
    services: dict[str, list[Json]] = {name: [] for name in "abcd"}
    told: list[Json] = []
    for _ in range(300):
        because = chance.choice(told) if told and chance.random() < 0.7 else None
        event = logged("E", chance.random() * 100, because=because)
        told.append(event)
        services[chance.choice("abcd")].append(event)
    ordered = [event for _, event in in_causal_order(services)]
    places = {event["event_id"]: place for place, event in enumerate(ordered)}
    assert len(places) == 300
    assert all(places[e["causation_id"]] < places[e["event_id"]] for e in ordered if e["causation_id"])


def test_events_that_cause_each_other_are_told_all_the_same() -> None:
    first, second = logged("A", 1), logged("B", 2)
    first["causation_id"], second["causation_id"] = second["event_id"], first["event_id"]
    assert names(tell({"one": [first], "two": [second]})) == ["A", "B"]


def test_records_that_a_service_folded_say_how_many_and_what() -> None:
    asked = logged("SyncRequested", 1, topic="koppel.sync-request.v1")
    records = logged(
        "RecordChanged", 2, because=asked, topic="koppel.record.v1", key="a/contact/1", count=749, version=3
    )
    [_, told] = tell({"sync-svc": [asked, records]})
    assert (told.title, told.versions, told.cause) == ("RecordChanged × 749 contact", "", "SyncRequested")


def test_messages_of_progress_in_a_row_are_one() -> None:
    run = [logged("SyncProgressed", second, version=second) for second in (2, 3, 4)]
    story = tell({"sync-svc": [logged("SyncStarted", 1), *run, logged("SyncCompleted", 5, version=5)]})
    assert names(story) == ["SyncStarted", "SyncProgressed × 3", "SyncCompleted"]
    assert story[1].versions == "2–4"
    assert story[1].until == run[-1]["at"]


@pytest.mark.parametrize(
    ("name", "causation_id", "words"),
    [
        ("ConnectionAuthorized", None, "a login at the provider"),
        ("SyncRequested", None, "a call, or the clock"),
        ("SyncStarted", "elsewhere", "an event not shown here"),
    ],
)
def test_what_has_no_cause_in_the_story_says_so(name: str, causation_id: str | None, words: str) -> None:
    [told] = tell({"one": [logged(name, 1, causation_id=causation_id)]})
    assert told.cause == words
