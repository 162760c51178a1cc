"""Criteria 7 and 8: the broker and the database are killed, sessions ended, a thousand answers lost."""

import asyncio
import time
from collections.abc import Callable

import pytest
from aiokafka.errors import OutOfOrderSequenceNumber
from tests.chaos.criteria.figures import Figure, Report
from tests.chaos.rig.checker import judge
from tests.chaos.rig.history import read_histories
from tests.chaos.rig.interfering import Interference
from tests.chaos.rig.nemesis import Nemesis
from tests.chaos.rig.run import Run
from tests.chaos.rig.schedule import SEED, scaled
from tests.chaos.rig.servers import Servers
from tests.chaos.rig.stage import running, stage
from tests.chaos.rig.watching import first_event_through

from koppel.testing.eventually import eventually

_KILLS = scaled(20)
_SESSIONS = scaled(50)
_LOST_ANSWERS = scaled(1_000)
_LOST_SENDS = scaled(200)
"""Of them; the rest are commits."""
_ENDLESS = 1_000_000
_AWAY = 60.0


@pytest.mark.timeout(1_200)
async def test_7_broker_kill(
    chaos_run: Run, servers: Servers, report: Report, kafka_server: str, postgres_server: str
) -> None:
    _crew(chaos_run, events_a_second=50)
    before = _pids(chaos_run)
    waits = await _kill_often(chaos_run, servers.kill_kafka)
    restarted = sum(chaos_run.crew.pid(name) != pid for name, pid in before.items())
    ended = sum(chaos_run.crew.code(name) is not None for name in before)
    figures = [
        Figure(criterion=7, name="first event after the port opens", seen=max(waits), bound=30, unit="s"),
        Figure(criterion=7, name="processes ended", seen=restarted + ended, bound=0),
        *await _judged(chaos_run, 7),
    ]
    async with stage(postgres_server, kafka_server) as here:
        rules = Interference()
        rules.fail_answers = OutOfOrderSequenceNumber()
        async with running(here.relay(rules.factory(here.bootstrap))):
            began = time.monotonic()
            await here.write("k", "k-1")

            async def replaced() -> bool:
                return rules.made >= 2

            await eventually(replaced, within=60)
            took = time.monotonic() - began
            rules.fail_answers = None
            await here.drained()
    figures.append(Figure(criterion=7, name="new producer after", seen=took, bound=10, unit="s"))
    report.says(7, f"{_KILLS} × kill -9 at 50 events/s, each after the last was got over", *figures)


@pytest.mark.timeout(1_200)
async def test_8_database_kill_and_unknown_commit(chaos_run: Run, servers: Servers, report: Report) -> None:
    _crew(chaos_run, events_a_second=50)
    nemesis = Nemesis(chaos_run, servers, SEED)
    waits = await _kill_often(chaos_run, servers.kill_postgres)
    for _ in range(_SESSIONS):
        await nemesis.end_sessions()
        await asyncio.sleep(0.2)
    lost = await _lose_answers(servers)
    stuck = await first_event_through(chaos_run.ledger, within=_AWAY)
    report.says(
        8,
        f"{_KILLS} × immediate restart, {_SESSIONS} × half of all sessions ended, {lost:,} answers lost",
        Figure(criterion=8, name="first event after PostgreSQL accepts", seen=max(waits), bound=15, unit="s"),
        Figure(criterion=8, name="answers lost", seen=lost, bound=_LOST_ANSWERS, least=True),
        Figure(criterion=8, name="first event after it all", seen=stuck, bound=15, unit="s"),
        *await _judged(chaos_run, 8),
    )


def _crew(run: Run, events_a_second: int) -> None:
    for number in range(2):
        run.crew.start(f"relay-{number}", "relay")
        run.crew.start(f"consumer-{number}", "consumer", instance=str(number))
    # A transaction takes 0.1 s on average and a fifth is rolled back.
    tasks = round(events_a_second * 0.1 / 0.8)
    run.crew.start("writer", "writer", operations=_ENDLESS, seed=SEED, tasks=tasks, delay=0.2, failing=0.0)


def _pids(run: Run) -> dict[str, int]:
    return {name: run.crew.pid(name) for name in run.crew.names}


async def _kill_often(run: Run, kill: Callable[[], None]) -> list[float]:
    """Seconds until the first event got through, of each time."""
    await first_event_through(run.ledger, within=_AWAY)
    waits = []
    for _ in range(_KILLS):
        await asyncio.to_thread(kill)
        waits.append(await first_event_through(run.ledger, within=_AWAY))
    return waits


async def _lose_answers(servers: Servers) -> int:
    """Let commits and sends be done and their answers be lost; returns how often."""
    postgres, kafka = servers.to_postgres, servers.to_kafka
    before = postgres.cuts + kafka.cuts
    postgres.lose_answers, kafka.lose_answers = _LOST_ANSWERS - _LOST_SENDS + 20, _LOST_SENDS

    async def lost() -> bool:
        return postgres.cuts + kafka.cuts - before >= _LOST_ANSWERS

    try:
        await eventually(lost, within=240, every=0.2)
    finally:
        postgres.lose_answers = kafka.lose_answers = 0
    return postgres.cuts + kafka.cuts - before


async def _judged(run: Run, criterion: int) -> list[Figure]:
    run.crew.drop("writer")
    await run.healed()
    evidence = await run.ledger.evidence(run.topics, run.consumers, read_histories(run.folder))
    checks = [each.check for each in judge(evidence)]
    lost = sum("missing" in check or "lost" in check for check in checks)
    doubled = sum("doubled" in check or "twice" in check for check in checks)
    return [
        Figure(criterion=criterion, name="events", seen=len(evidence.log), bound=1, least=True),
        Figure(criterion=criterion, name="lost", seen=lost, bound=0, safety=True),
        Figure(criterion=criterion, name="doubled", seen=doubled, bound=0, safety=True),
        Figure(
            criterion=criterion,
            name="other violations",
            seen=len(checks) - lost - doubled,
            bound=0,
            safety=True,
        ),
    ]
