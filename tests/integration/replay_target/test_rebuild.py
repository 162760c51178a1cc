"""Rebuild: versions that were applied are applied again, and the stream goes on where it stood."""

from dataclasses import replace

import pytest

from koppel.kernel.errors import Conflict
from koppel.testing.organisations import Organisation

from .target import Replay, Target


@pytest.mark.parametrize("batch", [1, 2, 100])
async def test_everything_is_applied_again_as_planned(target: Target, batch: int) -> None:
    await target.live(1, 2, 3)
    replay = Replay(target, "rebuild")
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, 1, 2, 3), batch=batch)
        assert await replay.counts(phase) == (3, 0, 0, 0)
    assert await target.effects() == ["v1", "v2", "v3"] * 2
    assert await target.position() == 3


async def test_live_events_wait_for_the_end_of_the_segment_and_follow_in_order(target: Target) -> None:
    await target.live(1, 2, 3)
    records = Replay(target, "rebuild")
    first, second, third = records.of("run", 1, 2, 3)
    await records.send([first])
    await target.live(5, 4)
    await records.send([second])
    await target.live(6)
    assert await target.effects() == ["v1", "v2", "v3", "v1", "v2"]
    assert await target.held() == [4, 5, 6]
    await records.send([third])
    assert await target.effects() == ["v1", "v2", "v3"] * 2 + ["v4", "v5", "v6"]
    assert await target.held() == []


async def test_where_it_is_cut_the_stream_waits_for_the_rest_and_goes_on_in_order(target: Target) -> None:
    """A cancelled rebuild: to take the position up again would leave the effects of an old version behind it."""
    await target.live(1, 2, 3, 4)
    rebuild = Replay(target, "rebuild")
    first, second, *_ = rebuild.of("run", 1, 2, 3, 4)
    assert second.mark is not None
    second.mark = replace(second.mark, last=True, cut=True)
    await rebuild.send([first, second])
    await target.live(5)
    assert (await target.position(), await target.held()) == (2, [5])

    rest = Replay(target)
    await rest.send(rest.of("run", 3, 4))
    assert await target.effects() == ["v1", "v2", "v3", "v4"] * 2 + ["v5"]
    assert (await target.position(), await target.held()) == (5, [])


async def test_a_late_second_delivery_of_an_old_event_is_applied_in_its_turn_and_once(target: Target) -> None:
    await target.live(1, 2, 3)
    replay = Replay(target, "rebuild")
    records = replay.of("run", 1, 2, 3)
    await replay.send(records[:1])
    await target.live(1, 2, 4)
    await replay.send(records[1:])
    assert await target.effects() == ["v1", "v2", "v3"] * 2 + ["v4"]
    assert await replay.counts() == (3, 0, 0, 0)


async def test_a_beginning_that_comes_twice_takes_the_position_back_once(target: Target) -> None:
    await target.live(1, 2, 3)
    replay = Replay(target, "rebuild")
    records = replay.of("run", 1, 2, 3)
    await replay.send(records[:2])
    await replay.send(records[:2])
    await replay.send(records)
    await replay.send(records)
    assert await target.effects() == ["v1", "v2", "v3"] * 2
    assert await target.position() == 3


async def test_an_event_that_fails_is_parked_and_the_rest_waits_in_order(target: Target) -> None:
    await target.live(1, 2, 3)
    target.failing.add("v2")
    replay = Replay(target, "rebuild")
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, 1, 2, 3))
        assert await replay.counts(phase) == (1, 0, 1, 1)
    await target.live(4)
    assert await target.held() == [3, 4]
    target.failing.clear()
    (row,) = await target.parked()
    await target.parked_events.retry(row["id"], actor="test")
    await target.retry.run_due()
    assert await target.effects() == ["v1", "v2", "v3", "v1", "v2", "v3", "v4"]


async def test_a_parked_event_is_passed_by_its_replayed_copy(target: Target) -> None:
    target.failing.add("v3")
    await target.live(1, 2, 3, 4)
    target.failing.clear()
    replay = Replay(target, "rebuild")
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, 1, 2, 3, 4), batch=3)
        assert await replay.counts(phase) == (4, 0, 0, 0)
    assert await target.effects() == ["v1", "v2", "v1", "v2", "v3", "v4"]
    assert (await target.parked(), await target.held(), await target.position()) == ([], [], 4)


async def test_a_lowest_version_begins_in_the_middle(target: Target) -> None:
    await target.live(1, 2, 3)
    replay = Replay(target, "rebuild")
    await replay.send(replay.of("run", 2, 3))
    assert await target.effects() == ["v1", "v2", "v3", "v2", "v3"]


async def test_a_segment_that_ends_below_the_position_is_refused(target: Target) -> None:
    await target.live(1, 2, 3)
    replay = Replay(target, "rebuild")
    for phase in ("rehearsal", "run"):
        await replay.send(replay.of(phase, 1, 2))
        assert "head_moved" in (await replay.told(phase))["moved"]
    assert await target.effects() == ["v1", "v2", "v3"]


async def test_a_stream_that_is_being_rebuilt_takes_no_other_replay(target: Target) -> None:
    await target.live(1, 2)
    rebuild, other = Replay(target, "rebuild"), Replay(target)
    records = rebuild.of("run", 1, 2)
    await rebuild.send(records[:1])
    await other.send(other.of("run", 1, 2, 3))
    assert str(rebuild.replay_id) in (await other.told())["moved"]
    await rebuild.send(records)
    assert await target.effects() == ["v1", "v2", "v1", "v2"]


async def test_a_rebuild_whose_records_are_lost_gives_its_stream_back(target: Target) -> None:
    await target.live(1, 2, 3, 4)
    other = Organisation()
    await target.live(1, organisation=other)
    replay = Replay(target, "rebuild")
    records = replay.records("run", (target.organisation, (1, 2, 3, 4)), (other, (1,)))
    await replay.send(records[:2])
    await target.live(5)
    await replay.send(records[3:])
    assert (await replay.told())["moved"].startswith("lane_incomplete")
    assert await target.position() == 5
    assert await target.effects() == ["v1", "v2", "v3", "v4", "v1", "v1", "v2", "v5"]


async def test_nobody_else_moves_the_stream_meanwhile(target: Target) -> None:
    target.failing.add("v4")
    await target.live(1, 2, 3, 4, 5)
    target.failing.clear()
    replay = Replay(target, "rebuild")
    records = replay.of("run", 1, 2, 3, 4)
    await replay.send(records[:2])
    (row,) = await target.parked()
    await target.parked_events.retry(row["id"], actor="test")
    await target.retry.run_due()
    with pytest.raises(Conflict, match="rebuilding"):
        await target.parked_events.discard(row["id"], actor="test", reason="test")
    assert await target.effects() == ["v1", "v2", "v3", "v1", "v2"]
    await replay.send(records)
    assert await target.effects() == ["v1", "v2", "v3", "v1", "v2", "v3", "v4", "v5"]
    assert await target.parked() == []


@pytest.mark.parametrize("batch", [1, 100])
async def test_handlers_are_told_what_was_applied_before_and_what_was_not(target: Target, batch: int) -> None:
    target.failing.add("v3")
    await target.live(1, 2, 3, 4)
    target.failing.clear()
    replay = Replay(target, "rebuild")
    await replay.send(replay.of("rehearsal", 1, 2, 3, 4))
    assert target.again == ["v1", "v2"]
    await replay.send(replay.of("run", 1, 2, 3, 4), batch=batch)
    assert target.again == ["v1", "v2"] * 2
    await target.live(5)
    assert target.again == ["v1", "v2"] * 2


async def test_what_a_rebuild_parks_was_applied_before_when_it_is_tried_again(target: Target) -> None:
    await target.live(1, 2, 3)
    target.failing.add("v2")
    replay = Replay(target, "rebuild")
    await replay.send(replay.of("run", 1, 2, 3))
    await target.live(4)
    target.failing.clear()
    target.again.clear()
    (row,) = await target.parked()
    await target.parked_events.retry(row["id"], actor="test")
    await target.retry.run_due()
    assert await target.effects() == ["v1", "v2", "v3", "v1", "v2", "v3", "v4"]
    assert target.again == ["v2", "v3"]


async def test_what_follows_a_cut_was_applied_before(target: Target) -> None:
    await target.live(1, 2, 3)
    rebuild = Replay(target, "rebuild")
    first, *_ = rebuild.of("run", 1, 2, 3)
    assert first.mark is not None
    first.mark = replace(first.mark, last=True, cut=True)
    await rebuild.send([first])
    rest = Replay(target)
    await rest.send(rest.of("run", 2, 3, 4))
    assert target.again == ["v1", "v2", "v3"]
