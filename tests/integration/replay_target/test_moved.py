"""A run does what was planned or applies nothing more: when the consumer moved since, it says so and stops."""

from collections.abc import Callable

import pytest

from koppel.testing.organisations import Organisation

from .target import Replay, Target


async def test_a_position_that_rose_since_stops_the_run(target: Target) -> None:
    later = Organisation()
    replay = Replay(target)
    segments = [(target.organisation, (1, 2, 3)), (later, (1,))]
    await replay.send(replay.records("rehearsal", *segments))
    await target.live(1)
    await replay.send(replay.records("run", *segments), batch=2)
    assert "head_moved" in (await replay.told())["moved"]
    assert await replay.counts() == (0, 0, 0, 0)
    assert await target.effects() == ["v1"]
    assert await target.position(later) == 0


async def test_sections_before_the_one_that_moved_stay_applied(target: Target) -> None:
    moved = Organisation()
    replay = Replay(target)
    segments = [(target.organisation, (1, 2)), (moved, (1, 2))]
    await replay.send(replay.records("rehearsal", *segments))
    await target.live(1, organisation=moved)
    await replay.send(replay.records("run", *segments))
    assert await replay.counts() == (2, 0, 0, 0)
    assert (await replay.told())["position"] == 4
    assert await target.position(moved) == 1


async def test_a_position_that_rose_above_what_the_replay_brings_changes_nothing(target: Target) -> None:
    await target.live(1, 2)
    replay = Replay(target)
    await replay.send(replay.of("rehearsal", 1, 2))
    await target.live(3)
    await replay.send(replay.of("run", 1, 2))
    assert (await replay.told())["moved"] is None
    assert await replay.counts() == (0, 2, 0, 0)


async def _parked_since(target: Target) -> None:
    target.failing.add("v2")
    await target.live(2)


async def _held_since(target: Target) -> None:
    await target.live(3)


async def _discarded_since(target: Target) -> None:
    (row,) = await target.parked()
    await target.parked_events.discard(row["id"], actor="test", reason="test")


@pytest.mark.parametrize(
    ("change", "reason"),
    [(_parked_since, "parked_changed"), (_held_since, "held_changed")],
)
async def test_what_waits_at_the_consumer_counts_too(
    target: Target, change: Callable[[Target], object], reason: str
) -> None:
    await target.live(1)
    replay = Replay(target)
    await replay.send(replay.of("rehearsal", 1, 2, 3))
    await change(target)  # type: ignore[misc]
    await replay.send(replay.of("run", 1, 2, 3))
    assert reason in (await replay.told())["moved"]
    assert await target.effects() == ["v1"]


async def test_a_parked_event_that_was_given_up_since_stops_the_run(target: Target) -> None:
    target.failing.add("v2")
    await target.live(1, 2)
    target.failing.clear()
    replay = Replay(target, parked_only=True)
    await replay.send(replay.of("rehearsal", 1, 2, 3))
    await _discarded_since(target)
    await replay.send(replay.of("run", 1, 2, 3))
    assert "head_moved" in (await replay.told())["moved"]
    assert await target.effects() == ["v1"]


async def test_a_stream_that_moves_in_the_middle_of_its_segment_stops_the_run(target: Target) -> None:
    replay = Replay(target)
    await replay.send(replay.of("rehearsal", 1, 2, 3, 4))
    records = replay.of("run", 1, 2, 3, 4)
    await replay.send(records[:2])
    await target.live(3)
    await replay.send(records[2:])
    assert "meanwhile" in (await replay.told())["moved"]
    assert await target.effects() == ["v1", "v2", "v3"]


async def test_a_hole_in_the_replay_topic_stops_the_replay_and_the_rest_is_dropped(target: Target) -> None:
    replay = Replay(target)
    records = replay.of("run", 1, 2, 3, 4)
    await replay.send([records[0], records[2]])
    assert (await replay.told())["moved"].startswith("lane_incomplete: record 2")
    await replay.send(records)
    assert await target.effects() == ["v1"]


async def test_a_new_plan_after_the_move_is_carried_out(target: Target) -> None:
    stale = Replay(target)
    await stale.send(stale.of("rehearsal", 1, 2, 3))
    await target.live(1)
    await stale.send(stale.of("run", 1, 2, 3))
    fresh = Replay(target)
    for phase in ("rehearsal", "run"):
        await fresh.send(fresh.of(phase, 1, 2, 3))
        assert await fresh.counts(phase) == (2, 1, 0, 0)
    assert await target.effects() == ["v1", "v2", "v3"]
