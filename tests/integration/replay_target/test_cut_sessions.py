"""Whatever is cut, and whenever: what comes again afterwards is applied once, and the counts say so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from koppel.contracts.replay import Mode
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.consumer.processor import TRY_AGAIN
from koppel.platform.database import Connection, Database
from koppel.platform.replay.target import ReplayProcessor

from .target import Replay, Target

CUTS = ("before the first statement", "at each handler", "before commit", "after commit")


class Cuts(Database):
    """A database whose transactions end early, once each."""

    def __init__(self, real: Database, cut: str) -> None:
        self._real = real
        self._cut = cut
        self.left = 3

    @asynccontextmanager
    async def system(self) -> AsyncIterator[Connection]:
        now, self.left = self.left > 0, self.left - 1
        if now and self._cut == "before the first statement":
            raise ConnectionError("cut")
        async with self._real.system() as connection:
            yield connection
            if now and self._cut == "before commit":
                await connection.execute("select pg_terminate_backend(pg_backend_pid())")
        if now and self._cut == "after commit":
            raise ConnectionError("cut")


@pytest.mark.parametrize("mode", ["repair", "rebuild"])
@pytest.mark.parametrize("cut", CUTS)
async def test_a_cut_session_loses_and_doubles_nothing(target: Target, cut: str, mode: Mode) -> None:
    await target.live(1, 2)
    cuts = Cuts(target.database, cut)
    target.replay_processor = ReplayProcessor(cuts, target.subscriptions, target.policy)
    if cut == "at each handler":
        cuts.left = 0
        target.cutting.update({"v1", "v3", "v4"} if mode == "rebuild" else {"v3", "v4"})
    replay = Replay(target, mode)
    records = replay.of("run", 1, 2, 3, 4)
    for end in (2, 4):
        await _until_done(replay, records[:end])
    again = ["v1", "v2"] if mode == "rebuild" else []
    assert await target.effects() == ["v1", "v2", *again, "v3", "v4"]
    assert await replay.counts() == ((4, 0, 0, 0) if mode == "rebuild" else (2, 2, 0, 0))
    assert await target.position() == 4


async def _until_done(replay: Replay, records: list[DecodedRecord]) -> None:
    for _ in range(10):
        try:
            await replay.send(records)
        except TRY_AGAIN:
            continue
        return
    raise AssertionError("it never got through")


async def test_two_processes_with_the_same_records_apply_them_once(target: Target) -> None:
    other = ReplayProcessor(target.database, target.subscriptions, target.policy)
    replay = Replay(target)
    records = replay.of("run", *range(1, 301))

    async def take(processor: ReplayProcessor) -> None:
        for start in range(0, len(records), 50):
            await processor.apply(records[start : start + 50])

    await asyncio.gather(take(target.replay_processor), take(other))
    assert await target.effects() == [f"v{version}" for version in range(1, 301)]
    assert await replay.counts() == (300, 0, 0, 0)


async def test_a_process_that_wakes_up_late_changes_nothing(target: Target) -> None:
    await target.live(1, 2)
    late = ReplayProcessor(target.database, target.subscriptions, target.policy)
    replay = Replay(target, "rebuild")
    records = replay.of("run", 1, 2)
    await replay.send(records)
    await target.live(3)
    await late.apply(records)
    assert await target.effects() == ["v1", "v2", "v1", "v2", "v3"]
    assert await target.position() == 3
