"""What is done beside reading the replay topic: the last counts are told, and old traces are forgotten."""

import pytest

from koppel.platform.replay.target.progress import forget_old, report_rest

from .target import Replay, Target

_AGE = "update lane_progress set updated_at = now() - make_interval(days => $2) where consumer = $1"


async def _look(target: Target) -> int:
    async with target.database.system() as connection:
        await forget_old(connection, target.consumer)
        return await report_rest(connection, target.consumer)


async def _aged(target: Target, days: int) -> None:
    async with target.database.system() as connection:
        await connection.execute(_AGE, target.consumer, days)


async def test_counts_that_rest_are_told_once(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("koppel.platform.replay.target.progress._REPORT_EVERY", 3600)
    replay = Replay(target)
    await replay.send(replay.of("run", 1, 2, 3)[:2], batch=1)
    assert (await replay.told())["position"] == 1
    await _aged(target, 1)
    assert await _look(target) == 1
    assert (await replay.told())["position"] == 2
    assert await replay.counts() == (2, 0, 0, 0)
    await _aged(target, 1)
    assert await _look(target) == 0


async def test_many_records_are_told_at_once_for_the_sender_waits_for_that(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koppel.platform.replay.target.progress._REPORT_EVERY", 3600)
    replay = Replay(target)
    records = replay.of("run", *range(1, 602))
    told = []
    for start in range(0, 600, 100):
        await replay.send(records[start : start + 100])
        told.append((await replay.told())["position"])
    assert told == [100, 100, 100, 400, 400, 400]


async def test_old_replays_are_forgotten_but_never_a_rebuild_in_its_middle(target: Target) -> None:
    done, rebuild = Replay(target), Replay(target, "rebuild")
    await done.send(done.of("run", 1, 2))
    await rebuild.send(rebuild.of("run", 1, 2)[:1])
    await _aged(target, 31)
    await _look(target)
    for table in ("lane_progress", "lane_stream"):
        rows = await target.rows(f"select replay_id from {table} where consumer = $1")
        assert [row["replay_id"] for row in rows] == [rebuild.replay_id]
