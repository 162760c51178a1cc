"""Criteria 9 and 10: members come and go without end; who was paused changes nothing when it wakes."""

import asyncio
import signal
import time

import pytest
from tests.chaos.criteria.figures import Figure, Report
from tests.chaos.rig.checker import judge
from tests.chaos.rig.history import read_histories
from tests.chaos.rig.run import Run
from tests.chaos.rig.schedule import SEED, scaled
from tests.chaos.rig.stage import WITHIN, Stage, stage
from tests.chaos.rig.trace import Traces
from tests.chaos.scenarios.applying import Target

_SECONDS = scaled(300)
_EVERY = 5.0
_SLOW = 0.02
_ENDLESS = 1_000_000
_ROUNDS = scaled(20) * 5
_AT_ONCE = 5
_PAUSE = 13.0
"""Seconds; a session of the group lives for ten."""


@pytest.mark.timeout(1_200)
async def test_9_rebalance_storm(chaos_run: Run, report: Report) -> None:
    crew = chaos_run.crew
    crew.start("relay", "relay")
    for number in range(2):
        crew.start(f"consumer-{number}", "consumer", instance=str(number), trace=True, slow=_SLOW)
    crew.start("writer", "writer", operations=_ENDLESS, seed=SEED, tasks=4, delay=0.4, failing=0.0, new=0.5)
    await asyncio.sleep(5)
    began, changes = time.time(), 0
    while time.time() - began < _SECONDS:
        if "guest" in crew.names:
            crew.signal("guest", signal.SIGTERM)
        else:
            crew.start("guest", "consumer", trace=True, slow=_SLOW)
        changes += 1
        await asyncio.sleep(_EVERY)
        if "guest" in crew.names and crew.code("guest") is not None:
            crew.drop("guest")
    ended = time.time()
    crew.drop("writer")
    await chaos_run.healed()
    traces = Traces(chaos_run.folder)
    delivered = traces.delivered()
    again = 100 * (len(delivered) - len(set(delivered))) / len(delivered)
    evidence = await chaos_run.ledger.evidence(
        chaos_run.topics, chaos_run.consumers, read_histories(chaos_run.folder)
    )
    report.says(
        9,
        f"a member joins or leaves every {_EVERY:.0f} s for {_SECONDS} s ({changes} times), "
        f"one event in {round(1 / _SLOW)} takes up to 3 s, {len(evidence.log):,} events",
        Figure(criterion=9, name="violations", seen=len(judge(evidence)), bound=0, safety=True),
        Figure(criterion=9, name="delivered again", seen=again, bound=5, unit="%"),
        Figure(criterion=9, name="longest rebalance", seen=max(traces.rebalances()), bound=5, unit="s"),
        Figure(
            criterion=9, name="partition idle at most", seen=traces.idle(began, ended), bound=15, unit="s"
        ),
    )


@pytest.mark.timeout(600)
async def test_10_fencing(chaos_run: Run, report: Report, postgres_server: str, kafka_server: str) -> None:
    async with stage(postgres_server, kafka_server) as here:
        late = 0
        for first in range(0, _ROUNDS, _AT_ONCE):
            rounds = [_late_writer(here, number) for number in range(first, first + _AT_ONCE)]
            late += sum(await asyncio.gather(*rounds))
    paused = await _pause_processes(chaos_run)
    evidence = await chaos_run.ledger.evidence(
        chaos_run.topics, chaos_run.consumers, read_histories(chaos_run.folder)
    )
    report.says(
        10,
        f"{_ROUNDS} consumers paused in a handler while a rival finished; "
        f"{paused} × SIGSTOP of a consumer or relay for {_PAUSE:.0f} s, {len(evidence.log):,} events",
        Figure(criterion=10, name="stale writes that stayed", seen=late, bound=0, safety=True),
        Figure(criterion=10, name="violations", seen=len(judge(evidence)), bound=0, safety=True),
    )


async def _late_writer(here: Stage, number: int) -> int:
    """One pauses in its handler until its rival has done the same event; returns how many effects it doubled.

    Of every second stream a version was applied before: there the server ends the paused session first, as it does
    with one that rests in a transaction, or the rival would wait for its locks.
    """
    stream, name = f"s{number}", f"late-{number}"
    first, rival = Target(here, name), Target(here, name)
    await here.write(stream, f"{stream}-0", f"{stream}-1")
    raws = [item for item in await first.arrivals() if item.key == stream]
    known = number % 2 == 1
    if known:
        await first.apply(raws[:1])
    go_on = first.handler.pause = asyncio.Event()
    first.handler.paused.clear()
    slow = asyncio.create_task(first.apply(raws))
    await asyncio.wait_for(first.handler.paused.wait(), WITHIN)
    if known:
        await _end_session(here, first.handler.backend)
    await asyncio.wait({asyncio.create_task(rival.apply(raws))}, timeout=WITHIN)
    go_on.set()
    await slow
    return len(await here.applied(name)) - len(raws)


async def _end_session(here: Stage, backend: int) -> None:
    connection = await here.ledger.connect()
    try:
        await connection.execute("select pg_terminate_backend($1)", backend)
    finally:
        await connection.close()


async def _pause_processes(run: Run) -> int:
    crew = run.crew
    for number in range(2):
        crew.start(f"relay-{number}", "relay")
        crew.start(f"consumer-{number}", "consumer", instance=str(number))
    crew.start("writer", "writer", operations=_ENDLESS, seed=SEED, tasks=4, delay=0.2, failing=0.0)
    await asyncio.sleep(3)
    victims = ("consumer-0", "relay-0", "consumer-1", "relay-1")
    for name in victims:
        crew.signal(name, signal.SIGSTOP)
        await asyncio.sleep(_PAUSE)
        crew.signal(name, signal.SIGCONT)
        await asyncio.sleep(1)
    crew.drop("writer")
    await run.healed()
    return len(victims)
