"""Criterion 34: what the processes stand on is away for a minute; nobody is restarted for it, and readiness says so."""

import asyncio
import signal
import sys
import time

import httpx
import psutil
import pytest
from tests.chaos.criteria.figures import Figure, Report
from tests.chaos.rig.schedule import progress, scaled
from tests.chaos.roles.away import SERVERS
from tests.chaos.roles.conftest import Arrived
from tests.chaos.roles.probing import NOTHING, Probed, asked, silent_after
from tests.chaos.roles.split import ROLES, Split
from tests.chaos.roles.truth import Truth

from koppel.testing.eventually import eventually

pytestmark = pytest.mark.timeout(1200)
_AWAY = 60
_BLOCKED = 5.0
_TASKS = {"http": "http", "consumer": "_run_consume_loop", "relay": "relay", "jobs": "sync workers"}
"""A task of each role without which it does nothing."""


@pytest.mark.parametrize("name", SERVERS)
async def test_a_server_that_is_away_for_a_minute_restarts_nobody_and_all_goes_on_after_it(
    name: str, split: Split, arrived: Arrived, report: Report
) -> None:
    server, seconds = SERVERS[name], max(30, scaled(_AWAY))
    async with arrived.traffic() as traffic:
        await asyncio.sleep(2)
    before = {process.name: process.pid for process in split.processes}
    await asyncio.to_thread(server.take_away, split)
    async with Probed(split.processes) as probed:
        await asyncio.sleep(seconds)
    await asyncio.to_thread(server.bring_back, split)
    back = time.monotonic()
    await eventually(lambda: _all_ready(split), within=120, every=0.5)
    ready_after = time.monotonic() - back
    wrong = probed.wrong(filter(server.unready, split.processes))
    progress(
        f"{name}: liveness {dict(probed.live)}, readiness wrong {wrong}, ready again {ready_after:.1f} s"
    )
    async with arrived.traffic() as after:
        await asyncio.sleep(5)
    promised = traffic.asked + after.asked, traffic.imported + after.imported
    left = await Truth(arrived.stage, *promised).left_over()
    restarted = sum(process.pid != before[process.name] for process in split.processes)
    answers = sum(probed.live.values())
    report.says(
        34,
        f"{name} away for {seconds} s, {len(split.processes)} processes, {answers:,} probes",
        _figure(f"restarts without {name}", restarted, safety=True),
        _figure(
            f"liveness that failed without {name}",
            answers - probed.live[httpx.codes.OK] - probed.live[NOTHING],
            safety=True,
        ),
        _figure(f"liveness without an answer in time without {name}", probed.live[NOTHING]),
        _figure(f"processes whose readiness is wrong without {name}", len(wrong), safety=True),
        _figure(f"ready again after {name} is back", ready_after, 30, unit="s"),
        _figure(f"calls that failed after {name} was back", len(after.dropped) + after.failed, safety=True),
        _figure(f"lost, doubled, turned round or left over after {name} was away", left, safety=True),
    )


async def test_a_loop_that_is_blocked_fails_its_liveness(split: Split, report: Report) -> None:
    """A stopped process is what a blocked loop looks like from outside."""
    noticed = []
    for process in (split.of("sync-svc", role)[0] for role in ROLES):
        blocked = psutil.Process(process.pid)
        blocked.send_signal(signal.SIGSTOP)
        _, seconds = await asyncio.gather(_woken(blocked), silent_after(process))
        noticed.append(seconds)
    await eventually(lambda: _all_ready(split), within=60, every=0.5)
    report.says(
        34,
        f"the loop of a process of each role blocked for {_BLOCKED:g} s",
        _figure("liveness of a blocked loop fails after", max(noticed), 10, unit="s"),
    )


async def test_a_task_that_dies_fails_the_liveness_of_its_process(split: Split, report: Report) -> None:
    noticed, codes = [], []
    for role, task in _TASKS.items():
        usual = split.of("sync-svc", role)[0]
        mortal = usual.with_command(
            sys.executable, "-m", "tests.chaos.roles.dying", task, "sync_svc.main", "run"
        )
        await asyncio.to_thread(usual.stop)
        await split.restart(mortal)
        process = psutil.Process(mortal.pid)
        process.send_signal(signal.SIGUSR1)
        noticed.append(await silent_after(mortal))
        codes.append(await asyncio.to_thread(process.wait, _AWAY))
        await split.restart(usual)
    await eventually(lambda: _all_ready(split), within=60, every=0.5)
    report.says(
        34,
        "a task of a process of each role dies",
        _figure("liveness of a process whose task died fails after", max(noticed), 10, unit="s"),
        _figure("processes whose task died and that ended as if all were well", codes.count(0), safety=True),
    )


async def _woken(process: psutil.Process) -> None:
    await asyncio.sleep(_BLOCKED)
    process.send_signal(signal.SIGCONT)


async def _all_ready(split: Split) -> bool:
    async with httpx.AsyncClient(timeout=3, trust_env=False) as http:
        answers = await asyncio.gather(*(asked(http, process, "/readyz") for process in split.processes))
    return split.balancer.is_whole() and set(answers) == {httpx.codes.OK}


def _figure(name: str, seen: float, bound: float = 0, *, unit: str = "", safety: bool = False) -> Figure:
    return Figure(criterion=34, name=name, seen=seen, bound=bound, unit=unit, safety=safety)
