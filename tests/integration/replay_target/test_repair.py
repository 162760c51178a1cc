"""Repair: what is missing or parked is applied, in its order, once; a dry run says so beforehand."""

import asyncio

import pytest

from koppel.contracts.administration import AdministrationRemoved
from koppel.testing.organisations import Organisation

from .target import Replay, Target


async def test_missing_versions_are_applied_and_known_ones_skipped(target: Target) -> None:
    await target.live(1, 2)
    replay = Replay(target)
    await replay.send(replay.of("run", 1, 2, 3, 4))
    assert await target.effects() == ["v1", "v2", "v3", "v4"]
    assert await replay.counts() == (2, 2, 0, 0)
    assert await target.position() == 4


async def test_what_waits_already_is_not_held_once_more(target: Target) -> None:
    target.failing.add("v2")
    await target.live(1, 2, 3, 4)
    for _ in range(3):
        replay = Replay(target)
        await replay.send(replay.of("run", 1, 2, 3, 4))
        assert await target.held() == [3, 4]
    assert len(await target.parked()) == 1


async def test_a_dry_run_leaves_nothing_but_its_counts(target: Target) -> None:
    await target.live(1)
    target.failing.add("v3")
    replay = Replay(target)
    await replay.send(replay.of("rehearsal", 1, 2, 3, 4))
    assert await replay.counts("rehearsal") == (1, 1, 1, 1)
    assert await target.effects() == ["v1"]
    assert (await target.position(), await target.held(), await target.parked()) == (1, [], [])


async def test_a_dry_run_waits_for_no_position(target: Target) -> None:
    await target.live(1)
    replay = Replay(target)
    async with target.database.system() as connection:
        await connection.fetch("select * from consumer_head where consumer = $1 for update", target.consumer)
        async with asyncio.timeout(10):
            await replay.send(replay.of("rehearsal", 1, 2))
    assert await replay.counts("rehearsal") == (1, 1, 0, 0)


@pytest.mark.parametrize("batch", [1, 2, 3, 100])
async def test_a_run_does_what_its_dry_run_said_wherever_batches_end(target: Target, batch: int) -> None:
    other, third = Organisation(), Organisation()
    await target.live(1, 2, 5, 6)
    target.failing.add("v2")
    await target.live(1, 2, 3, organisation=other)
    target.failing.discard("v2")
    replay = Replay(target)
    segments = [
        (target.organisation, range(1, 8)),
        (other, range(1, 4)),
        (third, range(1, 3)),
        (Organisation(), (2, 3)),
    ]
    await replay.send(replay.records("rehearsal", *segments), batch=batch)
    await replay.send(replay.records("run", *segments), batch=batch)
    assert await replay.counts("rehearsal") == await replay.counts("run") == (6, 6, 2, 0)
    assert (await replay.told())["moved"] is None
    assert await target.parked() == []
    assert await target.held() == [2, 3]


async def test_a_parked_event_is_tried_with_its_replayed_copy_and_sets_its_followers_free(
    target: Target,
) -> None:
    target.failing.add("v2")
    await target.live(1, 2, 3, 4)
    target.failing.clear()
    replay = Replay(target)
    await replay.send(replay.of("run", 2))
    assert await target.effects() == ["v1", "v2", "v3", "v4"]
    assert (await target.parked(), await target.held(), await target.position()) == ([], [], 4)
    assert await replay.counts() == (1, 0, 0, 0)


async def test_a_parked_event_whose_copy_fails_too_stays_parked(target: Target) -> None:
    target.failing.add("v2")
    await target.live(1, 2, 3)
    replay = Replay(target)
    await replay.send(replay.of("run", 1, 2, 3))
    assert await replay.counts() == (0, 1, 1, 1)
    (row,) = await target.parked()
    assert (row["version"], row["attempts"]) == (2, 2)
    assert await target.position() == 1


async def test_a_replayed_event_that_fails_is_parked_beside_no_other_stream(target: Target) -> None:
    other = Organisation()
    target.failing.add("v2")
    replay = Replay(target)
    await replay.send(replay.records("run", (target.organisation, (1, 2, 3)), (other, (1,))))
    assert await replay.counts() == (2, 0, 1, 1)
    (row,) = await target.parked()
    assert (row["topic"], row["partition"], row["version"]) == ("koppel.administration.v1", -1, 2)
    target.failing.clear()
    await target.parked_events.retry(row["id"], actor="test")
    await target.retry.run_due()
    assert await target.effects() == ["v1", "v1", "v2", "v3"]


async def test_parked_only_passes_streams_of_which_nothing_is_parked(target: Target) -> None:
    broken = Organisation()
    await target.live(1)
    target.failing.add("v2")
    await target.live(1, 2, organisation=broken)
    target.failing.clear()
    replay = Replay(target, parked_only=True)
    segments = [(target.organisation, (1, 2)), (broken, (1, 2, 3))]
    for phase in ("rehearsal", "run"):
        await replay.send(replay.records(phase, *segments), batch=2)
        assert await replay.counts(phase) == (2, 1, 0, 0)
        assert (await replay.told(phase))["streams"] == 1
    assert await target.position() == 1
    assert await target.position(broken) == 3


async def test_every_record_may_come_twice(target: Target) -> None:
    replay = Replay(target)
    records = replay.of("run", 1, 2, 3)
    for end in (1, 3, 2, 3):
        await replay.send(records[:end])
        await replay.send(records[: end - 1])
    assert await target.effects() == ["v1", "v2", "v3"]
    assert await replay.counts() == (3, 0, 0, 0)


async def test_a_second_replay_of_the_same_changes_nothing(target: Target) -> None:
    for applied in (3, 0):
        replay = Replay(target)
        await replay.send(replay.of("rehearsal", 1, 2, 3))
        await replay.send(replay.of("run", 1, 2, 3))
        assert (await replay.counts())[:2] == (applied, 3 - applied)
    assert await target.effects() == ["v1", "v2", "v3"]


async def test_types_that_nobody_here_reads_are_passed_and_counted_as_skipped(target: Target) -> None:
    replay = Replay(target)
    await replay.send(replay.records("run", (target.organisation, (1, 2)), event=AdministrationRemoved))
    assert await replay.counts() == (0, 2, 0, 0)
    assert await target.position() == 2


async def test_a_long_segment_is_run_dry_by_its_positions(target: Target) -> None:
    replay = Replay(target)
    versions = range(1, 451)
    await replay.send(replay.of("rehearsal", *versions))
    assert await replay.counts("rehearsal") == (450, 0, 0, 0)
    assert await target.effects() == []
    await replay.send(replay.of("run", *versions))
    assert await replay.counts() == (450, 0, 0, 0)
    assert len(await target.effects()) == 450


@pytest.mark.parametrize("batch", [150, 1_000])
async def test_a_long_queue_of_followers_counts_as_planned(target: Target, batch: int) -> None:
    target.failing.add("v1")
    await target.live(*range(1, 1_401))
    target.failing.clear()
    replay = Replay(target, parked_only=True)
    versions = range(1, 1_421)
    await replay.send(replay.of("rehearsal", *versions), batch=500)
    records = replay.of("run", *versions)
    await replay.send(records[:300], batch=batch)
    await target.retry.run_due()  # the rest of the queue is the retry job's, as after any parked event
    await replay.send(records[300:], batch=batch)
    assert (await replay.told())["moved"] is None
    assert await replay.counts() == await replay.counts("rehearsal") == (21, 1_399, 0, 0)
    assert await target.effects() == [f"v{version}" for version in versions]
    assert await target.held() == []


async def test_a_handler_that_runs_out_of_time_costs_its_own_stream_only(target: Target) -> None:
    other = Organisation()
    target.timing_out.add("v2")
    replay = Replay(target)
    for phase in ("rehearsal", "run"):
        await replay.send(replay.records(phase, (target.organisation, (1, 2)), (other, (1,))))
        assert await replay.counts(phase) == (2, 0, 0, 1)
    assert [row["cause_class"] for row in await target.parked()] == ["transient"]


async def test_what_a_dry_run_does_is_not_measured(target: Target) -> None:
    replay = Replay(target)
    await replay.send(replay.of("rehearsal", 1))
    assert target.tried == ["v1"]
    assert target.measured() == 0
    await replay.send(replay.of("run", 1))
    assert target.measured() == 1
