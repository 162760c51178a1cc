"""Gaps that nothing explains: the owner is asked, again and again more slowly, and at last somebody must decide."""

import json
import math
from datetime import timedelta
from typing import Any

import pytest

from koppel.platform.consumer.parked.gaps import ASKS, GapDetector
from koppel.platform.telemetry import metrics

from .target import TOPIC, Replay, Target


@pytest.fixture
def watch(target: Target) -> GapDetector:
    """Waits no time at all: every round asks."""
    return _watch(target, timedelta(0))


def _watch(target: Target, patience: timedelta) -> GapDetector:
    return GapDetector(target.database, target.subscriptions, target.policy, patience)


async def _asked(target: Target) -> list[dict[str, Any]]:
    async with target.database.system() as connection:
        rows = await connection.fetch(
            "select payload from event_log where key = $1 order by version",
            f"{target.consumer}/{TOPIC}/{target.key}",
        )
    return [json.loads(row["payload"]) for row in rows]


async def _given_up(target: Target, watch: GapDetector) -> None:
    for _ in range(ASKS + 1):
        await watch.run_due()


async def test_the_owner_is_asked_for_exactly_the_missing_versions(
    target: Target, watch: GapDetector
) -> None:
    await target.live(1, 4, 5)
    await watch.run_due()
    (asked,) = await _asked(target)
    assert (asked["from_version"], asked["to_version"], asked["stream_key"]) == (2, 3, target.key)
    assert (asked["consumer"], asked["stream_topic"]) == (target.consumer, TOPIC)
    assert asked["organisation_id"] == str(target.organisation.organisation_id)


async def test_a_gap_is_given_time_and_asks_become_rarer(target: Target) -> None:
    await target.live(2)
    patient = _watch(target, timedelta(seconds=10))
    await patient.run_due()
    assert await _asked(target) == []
    for ago, asks in ((11, 1), (11, 2), (19, 2), (21, 3), (39, 3), (41, 4)):
        async with target.database.system() as connection:
            for statement in (
                "update held_event set held_at = now() - make_interval(secs => $2) where consumer = $1",
                "update gap_request set asked_at = now() - make_interval(secs => $2) where consumer = $1",
            ):
                await connection.execute(statement, target.consumer, ago)
        await patient.run_due()
        assert len(await _asked(target)) == asks


async def test_what_comes_by_the_replay_topic_fills_the_gap_and_the_request_is_forgotten(
    target: Target, watch: GapDetector
) -> None:
    await target.live(1, 4, 5)
    await watch.run_due()
    repair = Replay(target)
    await repair.send(repair.of("run", 2, 3))
    await watch.run_due()
    assert await target.effects() == ["v1", "v2", "v3", "v4", "v5"]
    assert await target.rows("select * from gap_request where consumer = $1") == []
    assert len(await _asked(target)) == 1


async def test_the_age_of_the_oldest_gap_is_told_while_it_is_asked_for(
    target: Target, watch: GapDetector
) -> None:
    assert math.isnan(_oldest(target))
    await target.live(1, 4, 5)
    async with target.database.system() as connection:
        earlier = "update held_event set held_at = held_at - interval '40 seconds' where consumer = $1"
        await connection.execute(earlier, target.consumer)
    await watch.run_due()
    assert 40 <= _oldest(target) < 100
    await target.live(2, 3)
    await watch.run_due()
    assert _oldest(target) == 0


async def test_what_is_parked_as_missing_is_a_gap_no_more(target: Target, watch: GapDetector) -> None:
    await target.live(1, 4, 5)
    await _given_up(target, watch)
    await watch.run_due()
    assert _oldest(target) == 0


def _oldest(target: Target) -> float:
    return metrics.value("koppel_consumer_oldest_gap_seconds", consumer=target.consumer)


async def test_a_wait_behind_a_parked_event_is_no_gap(target: Target, watch: GapDetector) -> None:
    target.failing.add("v2")
    await target.live(1, 2, 3, 6)
    await watch.run_due()
    assert await _asked(target) == []


async def test_a_wait_for_a_rebuild_is_no_gap(target: Target, watch: GapDetector) -> None:
    await target.live(1, 2, 3)
    rebuild = Replay(target, "rebuild")
    await rebuild.send(rebuild.of("run", 1, 2, 3)[:1])
    await target.live(4)
    await watch.run_due()
    assert await _asked(target) == []


async def test_asks_in_vain_end_in_a_parked_event(target: Target, watch: GapDetector) -> None:
    await target.live(1, 4, 5)
    await _given_up(target, watch)
    assert len(await _asked(target)) == ASKS
    (row,) = await target.parked()
    assert (row["cause_class"], row["cause_code"], row["version"]) == ("gap", "versions_missing", 4)
    assert row["next_attempt_at"] is None
    assert await target.held() == [5]
    await watch.run_due()
    assert len(await _asked(target)) == ASKS


async def test_a_gap_that_shrinks_is_asked_for_afresh(target: Target, watch: GapDetector) -> None:
    await target.live(1, 4)
    for _ in range(ASKS - 1):
        await watch.run_due()
    await target.live(2)
    for _ in range(ASKS):
        await watch.run_due()
    assert await target.parked() == []
    assert (await _asked(target))[-1]["from_version"] == 3


@pytest.mark.parametrize("by_replay", [True, False])
async def test_missing_versions_that_come_late_set_everything_free(
    target: Target, watch: GapDetector, *, by_replay: bool
) -> None:
    await target.live(1, 4, 5)
    await _given_up(target, watch)
    await target.live(6)
    if by_replay:
        repair = Replay(target)
        await repair.send(repair.of("run", 2, 3))
    else:
        await target.live(2)
        assert await target.effects() == ["v1", "v2"]
        await target.live(3)
    assert await target.effects() == ["v1", "v2", "v3", "v4", "v5", "v6"]
    assert (await target.parked(), await target.held()) == ([], [])


async def test_a_retry_asks_anew(target: Target, watch: GapDetector) -> None:
    await target.live(1, 4, 5)
    await _given_up(target, watch)
    (row,) = await target.parked()
    await target.parked_events.retry(row["id"], actor="test")
    await target.retry.run_due()
    assert await target.parked() == []
    assert await target.held() == [4, 5]
    await watch.run_due()
    assert len(await _asked(target)) == ASKS + 1
    assert await target.effects() == ["v1"]


async def test_a_discard_accepts_the_loss_and_applies_what_waited(target: Target, watch: GapDetector) -> None:
    await target.live(1, 4, 5, 7)
    await _given_up(target, watch)
    (row,) = await target.parked()
    discarded = await target.parked_events.discard(row["id"], actor="test", reason="lost for good")
    assert discarded.head == 5
    assert await target.effects() == ["v1", "v4", "v5"]
    assert (await target.parked(), await target.held()) == ([], [7])
    await target.live(2, 3)
    assert await target.effects() == ["v1", "v4", "v5"]
