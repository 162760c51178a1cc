"""Workers of several processes share what is due: each piece has one owner at a time, and no failure ends the worker."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import pytest

from koppel.kernel.errors import Transient
from koppel.kernel.ids import new_id
from koppel.platform import leased_worker
from koppel.platform.database import Database
from koppel.platform.health import Health
from koppel.platform.leased_worker import Due, LeasedWorker, Polling
from koppel.platform.leases import Lease, Leases
from koppel.testing.eventually import eventually

KIND = "test"
TTL = timedelta(milliseconds=300)


class Worker(LeasedWorker):
    """Does what `waiting` lists until it is done; `work` is what that takes."""

    def __init__(
        self,
        database: Database,
        waiting: list[UUID],
        work: Callable[[UUID], Awaitable[None]],
        idle: float = 0.02,
    ) -> None:
        leases = Leases(database, str(new_id()), ttl=TTL)
        super().__init__("work", KIND, leases, Health(), concurrency=2, polling=Polling(idle))
        self._database = database
        self.waiting = waiting
        self.work = work
        self.begun: list[UUID] = []
        self.cut_off: list[UUID] = []
        self.most = 0
        self.away: Exception | None = None
        self.looks = 0

    async def due(self, limit: int) -> Due:
        self.looks += 1
        if self.away is not None:
            raise self.away
        return Due(self.waiting[:limit])

    async def perform(self, subject: UUID, lease: Lease) -> None:
        if subject not in self.waiting:
            return  # as a worker finds it under the lease: another did it meanwhile
        self.begun.append(subject)
        self.most = max(self.most, self.running)
        try:
            await self.work(subject)
        except asyncio.CancelledError:
            self.cut_off.append(subject)
            raise
        self.waiting.remove(subject)


class Taker(Worker):
    """Its look takes the leases."""

    async def due(self, limit: int) -> Due:
        self.looks += 1
        taken: list[Lease] = []
        async with self._database.system() as connection:
            for subject in [each for each in self.waiting if each not in self.resting]:
                if len(taken) < self.free and (
                    lease := await self._leases.acquire(connection, KIND, subject)
                ):
                    taken.append(lease)
        return Due(leases=taken)


@asynccontextmanager
async def working(*workers: Worker) -> AsyncIterator[None]:
    for each in workers:
        await each.start()
    try:
        yield
    finally:
        for each in workers:
            await each.stop()


@pytest.fixture(autouse=True)
def soon_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leased_worker, "_AGAIN_AFTER", 0.05)


async def at_once(_: UUID) -> None:
    await asyncio.sleep(0)


async def without_end(_: UUID) -> None:
    await asyncio.Event().wait()


async def looked(worker: Worker) -> None:
    async def once() -> bool:
        return worker.looks > 0

    await eventually(once, every=0.001)


async def done(worker: Worker) -> None:
    async def nothing_waits() -> bool:
        return not worker.waiting

    await eventually(nothing_waits)


async def test_all_that_is_due_is_done_a_few_at_a_time_and_once(database: Database) -> None:
    waiting = [new_id() for _ in range(7)]
    wanted = list(waiting)
    one, other = (Worker(database, waiting, at_once) for _ in range(2))
    async with working(one, other):
        await done(one)
    assert sorted(one.begun + other.begun) == sorted(wanted)
    assert max(one.most, other.most) <= 2


async def test_what_a_look_has_taken_is_begun_and_given_back(database: Database) -> None:
    waiting = [new_id() for _ in range(7)]
    wanted = list(waiting)
    one, other = (Taker(database, waiting, at_once) for _ in range(2))
    async with working(one, other):
        await done(one)
    assert sorted(one.begun + other.begun) == sorted(wanted)
    assert max(one.most, other.most) <= 2
    async with database.system() as connection:
        left = await connection.fetchval("select count(*) from lease where subject = any($1::uuid[])", wanted)
    assert left == 0


async def test_what_was_taken_as_the_process_stops_is_given_back(database: Database) -> None:
    class Last(Taker):
        async def due(self, limit: int) -> Due:
            taken = await super().due(limit)
            self.stopping.set()
            self._awake.set()
            return taken

    wanted = [new_id() for _ in range(2)]
    worker = Last(database, list(wanted), without_end)
    await worker.start()
    await eventually(lambda: _over(worker))
    await worker.stop()
    async with database.system() as connection:
        left = await connection.fetchval("select count(*) from lease where subject = any($1::uuid[])", wanted)
    assert (worker.looks, left) == (1, 0)


async def _over(worker: Worker) -> bool:
    return worker.looks > 0 and not worker.running


async def test_what_was_taken_and_failed_rests_for_a_moment(database: Database) -> None:
    failing = new_id()

    async def fails_once(subject: UUID) -> None:
        if worker.begun.count(subject) == 1:
            assert subject not in worker.resting
            raise Transient("away", "Not now.")

    worker = Taker(database, [failing], fails_once)
    async with working(worker):
        await done(worker)
    assert worker.begun == [failing, failing]


async def test_what_fails_is_tried_again_and_keeps_no_place_meanwhile(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    failing = {new_id(): Transient("away", "Not now."), new_id(): RuntimeError("a defect")}
    waiting = [*failing, new_id()]

    async def fails_while_others_wait(subject: UUID) -> None:
        first_try = worker.begun.count(subject) == 1  # the third may be done before one of the two began
        if subject in failing and (first_try or len(waiting) > 2):
            raise failing[subject]

    worker = Worker(database, waiting, fails_while_others_wait)
    async with working(worker):
        await done(worker)
    assert all(worker.begun.count(each) >= 2 for each in failing)
    stacks = {record.exc_info is not None for record in caplog.records if "is tried again" in record.message}
    assert stacks == {True, False}, "a defect is told with its stack, what passes without"


async def test_work_ends_when_its_lease_is_lost(database: Database) -> None:
    subject = new_id()
    worker = Worker(database, [subject], without_end)
    async with working(worker):

        async def taken() -> bool:
            async with database.system() as connection:
                taken_over = "update lease set fence = 0 where kind = $1 and subject = $2"
                return (await connection.execute(taken_over, KIND, subject)) == "UPDATE 1"

        await eventually(taken)

        async def cut_off() -> bool:
            return worker.cut_off == [subject]

        await eventually(cut_off)


async def test_a_worker_that_stops_lets_go_of_its_work(database: Database) -> None:
    subject = new_id()
    stopped, successor = Worker(database, [subject], without_end), Worker(database, [subject], at_once)
    async with working(stopped):

        async def begun() -> bool:
            return bool(stopped.begun)

        await eventually(begun)
    assert stopped.cut_off == [subject]
    async with working(successor):
        await done(successor)


@pytest.mark.parametrize("away", [ConnectionError(), RuntimeError("a defect")])
async def test_a_look_that_fails_is_made_again(database: Database, away: Exception) -> None:
    worker = Worker(database, [new_id()], at_once)
    worker.away = away
    async with working(worker):
        await looked(worker)
        worker.away = None
        await done(worker)


async def test_a_wake_up_is_not_waited_past(database: Database) -> None:
    worker = Worker(database, [], at_once, idle=3600.0)
    async with working(worker):
        await looked(worker)
        worker.waiting.append(new_id())
        worker.wake()
        await done(worker)
