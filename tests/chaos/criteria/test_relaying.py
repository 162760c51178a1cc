"""Criteria 4, 5 and 6: late commits, order and kills under many writers; nobody who rests stalls the relay."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from tests.chaos.criteria.figures import Figure, Report, percentile
from tests.chaos.rig.checker import judge
from tests.chaos.rig.history import read_histories
from tests.chaos.rig.run import Run
from tests.chaos.rig.schedule import SCALE, SEED, scaled
from tests.chaos.rig.stage import Stage, running, stage
from tests.chaos.rig.watching import oldest_pending

from koppel.testing.eventually import eventually

_PROCESSES, _TASKS = 5, 10
_OPERATIONS = scaled(62_500)
"""A fifth is rolled back: 50,000 events."""
_KEYS = 200
_RESTING = scaled(120)
_AGE = 2.0
_ORDER = ("versions with gaps", "inversion on the topic", "key on two partitions")
_LOST = ("acknowledged but missing", "lost before the topic", "rolled back but there", "ghost on the topic")


@pytest.mark.timeout(900)
async def test_4_and_5_late_commits_and_order(chaos_run: Run, report: Report) -> None:
    chaos_run.consumers = {}
    crew = chaos_run.crew
    for number in range(2):
        crew.start(f"relay-{number}", "relay")
    for number in range(_PROCESSES):
        crew.start(
            f"writer-{number}", "writer", operations=_OPERATIONS // _PROCESSES, seed=SEED * 10 + number,
            tasks=_TASKS, delay=0.2, keys=_KEYS, failing=0.0, new=0.0,
        )  # fmt: skip
    async with oldest_pending(chaos_run.ledger) as ages:
        for name in ("relay-0", "relay-1", "relay-0"):
            await asyncio.sleep(15 * SCALE)
            crew.signal(name, signal.SIGKILL)
            await asyncio.sleep(3)
            crew.again(name)
        await _written(chaos_run)
        young = await _young_again(ages)
    await chaos_run.healed()
    evidence = await chaos_run.ledger.evidence(chaos_run.topics, {}, read_histories(chaos_run.folder))
    broken = [each.check for each in judge(evidence)]
    lost, order = (sum(check in checks for check in broken) for checks in (_LOST, _ORDER))
    events, refused = len(evidence.log), sum(each == "fail" for each in evidence.history.values())
    did = f"{_PROCESSES * _TASKS} writers, 0–200 ms before commit, {events:,} events, {refused:,} rolled back"
    report.says(
        4,
        did,
        Figure(criterion=4, name="lost", seen=lost, bound=0, safety=True),
        Figure(criterion=4, name="oldest pending < 1 s again after", seen=young, bound=10, unit="s"),
    )
    report.says(
        5,
        f"the same load on {_KEYS} keys, 2 relays, 3 of them killed",
        Figure(criterion=5, name="inversions and gaps", seen=order, bound=0, safety=True),
        Figure(criterion=5, name="other violations", seen=len(broken) - lost - order, bound=0, safety=True),
    )


async def _written(run: Run) -> None:
    """Until every writer wrote all that it had to."""

    async def through() -> bool:
        return not run.writing

    await eventually(through, within=600, every=0.2)


async def _young_again(ages: list[float]) -> float:
    async def young() -> bool:
        return ages[-1] < 1

    began = time.monotonic()
    await eventually(young, within=60)
    return time.monotonic() - began


@pytest.mark.timeout(400)
async def test_6_no_stall(postgres_server: str, kafka_server: str, report: Report) -> None:
    async with (
        stage(postgres_server, kafka_server) as here,
        _resting_elsewhere(here),
        running(here.relay()),
        oldest_pending(here.ledger) as ages,
    ):
        ended = asyncio.create_task(_our_own_resting(here))
        until, number = time.monotonic() + _RESTING, 0
        while time.monotonic() < until:
            await here.write(f"k{number % 20}", f"op-{number}")
            number += 1
            await asyncio.sleep(0.05)
        await here.drained()
        evidence = await here.ledger.evidence([here.topic], {}, here.history)
        report.says(
            6,
            f"transactions rest for {_RESTING:.0f} s in another schema and another database, {number:,} events",
            Figure(criterion=6, name="publish age p99", seen=percentile(ages, 0.99), bound=_AGE, unit="s"),
            Figure(criterion=6, name="our resting session ended after", seen=await ended, bound=30, unit="s"),
            Figure(criterion=6, name="violations", seen=len(judge(evidence)), bound=0, safety=True),
        )


@asynccontextmanager
async def _resting_elsewhere(here: Stage) -> AsyncIterator[None]:
    postgres = here.service.admin_dsn.rpartition("/")[0] + "/postgres"
    resting = [await asyncpg.connect(dsn) for dsn in (here.service.admin_dsn, postgres)]
    try:
        await resting[0].execute("create schema elsewhere; create table elsewhere.thing (id int)")
        for connection in resting:
            await connection.execute("begin isolation level repeatable read")
            await connection.execute("select pg_current_xact_id(), count(*) from pg_class")
        await resting[0].execute("insert into elsewhere.thing values (1)")
        yield
    finally:
        for connection in resting:
            await connection.close()


async def _our_own_resting(here: Stage) -> float:
    """Seconds until the server ended a transaction of our role that does nothing."""
    session = await here.database.session()
    await session.execute("begin")
    await session.execute("select pg_current_xact_id()")
    began = time.monotonic()

    async def ended() -> bool:
        return session.is_closed()

    await eventually(ended, within=60)
    took = time.monotonic() - began
    session.terminate()
    return took
