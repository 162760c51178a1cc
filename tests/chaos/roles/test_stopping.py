"""Criterion 33: processes are told to stop, one after another, while callers call, companies are imported and syncs run."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from tests.chaos.criteria.figures import Figure, Report
from tests.chaos.rig.schedule import SEED, progress, scaled
from tests.chaos.roles.balancer import unready_after
from tests.chaos.roles.conftest import Arrived
from tests.chaos.roles.rebalances import Rebalances
from tests.chaos.roles.split import Ended, Process, Split
from tests.chaos.roles.traffic import Traffic
from tests.chaos.roles.truth import Truth

from koppel.testing.eventually import eventually

pytestmark = pytest.mark.timeout(2400)
_LONGEST = 20
_STATIC = 4
"""Restarts of static members: the two services that have some have two consumers each, and each is stopped once at least."""


async def test_no_call_and_no_event_is_lost_however_often_a_process_is_told_to_stop(
    split: Split, arrived: Arrived, report: Report
) -> None:
    stops, retried = Stops(split), split.balancer.retried
    await _whole(split)
    async with arrived.traffic() as traffic:
        await stops.each_in(_in_turn(split.processes, scaled(50)))
    ended, rebalances = stops.ended, stops.rebalances
    report.says(
        33,
        f"{len(ended)} × SIGTERM of one of {len(split.processes)} processes, {traffic.answers.total():,} calls,"
        f" {len(traffic.asked):,} syncs and {len(traffic.imported)} imports meanwhile, {rebalances.told()};"
        f" the balancer made {split.balancer.retried - retried} connections again, had nobody for {split.balancer.unserved}",
        *_of_exits(ended),
        _figure("not ready after", max(stops.unready), 1, unit="s"),
        *_of(traffic, await _left(arrived, traffic)),
        *rebalances.figures(least=scaled(_STATIC)),
    )


async def test_who_is_gone_for_good_leaves_its_work_to_the_other(
    split: Split, arrived: Arrived, report: Report
) -> None:
    """Scaled down to one process a role under load; a static member's partitions rest until its session is over."""
    await _whole(split)
    async with arrived.traffic() as traffic:
        gone = split.processes[1::2]
        ended = await asyncio.gather(*(asyncio.to_thread(each.stop) for each in gone))
    left = await _left(arrived, traffic)
    await asyncio.to_thread(split.start)
    report.says(
        33,
        f"scaled down from two processes a role to one at once, {traffic.answers.total():,} calls",
        *_scaled_down([*_of_exits(ended), *_of(traffic, left)]),
    )


@dataclass(slots=True)
class Stops:
    """Tells processes to stop and starts them again, two at a time, never both of a service's role."""

    split: Split
    ended: list[Ended] = field(default_factory=list)
    unready: list[float] = field(default_factory=list)
    rebalances: Rebalances = field(init=False)

    def __post_init__(self) -> None:
        self.rebalances = Rebalances(self.split)

    async def each_in(self, processes: Sequence[Process]) -> None:
        left, pairs = iter(processes), defaultdict[tuple[str, str], asyncio.Lock](asyncio.Lock)

        async def work() -> None:
            for process in left:
                async with pairs[process.service, process.role]:
                    await self._one(process)

        await asyncio.gather(work(), work())

    async def _one(self, process: Process) -> None:
        await _whole(self.split, process.service if process.role == "http" else "")
        with self.rebalances.of(process):
            told, gone = await asyncio.gather(
                unready_after(process.port, _LONGEST), asyncio.to_thread(process.stop)
            )
            await self.split.restart(process)
        self.ended.append(gone)
        self.unready.append(told)
        progress(
            f"{gone.name} ended with {gone.code} after {gone.seconds:.1f} s, not ready after {told:.2f} s"
        )


def _in_turn(processes: Sequence[Process], times: int) -> list[Process]:
    """Each once before any comes again."""
    chance, chosen = random.Random(SEED), list[Process]()
    while len(chosen) < times:
        chosen += chance.sample(processes, len(processes))
    return chosen[:times]


async def _whole(split: Split, service: str | None = None) -> None:
    async def whole() -> bool:
        return split.balancer.is_whole(service)

    await eventually(whole, within=60)


async def _left(arrived: Arrived, traffic: Traffic) -> int:
    return await Truth(arrived.stage, traffic.asked, traffic.imported).left_over()


def _of_exits(ended: Sequence[Ended]) -> list[Figure]:
    return [
        _figure("exit codes that are not 0", sum(each.code != 0 for each in ended), safety=True),
        _figure("longest exit", max(each.seconds for each in ended), _LONGEST, unit="s"),
    ]


def _of(traffic: Traffic, left: int) -> list[Figure]:
    for each in traffic.dropped:
        progress(f"dropped: {each}")
    return [
        _figure("calls dropped", len(traffic.dropped), safety=True),
        _figure("answers of 5xx", traffic.failed, safety=True),
        _figure("events and work lost, doubled, turned round or left over", left, safety=True),
    ]


def _scaled_down(figures: Sequence[Figure]) -> list[Figure]:
    return [replace(each, name=f"{each.name} when scaled down") for each in figures]


def _figure(name: str, seen: float, bound: float = 0, *, unit: str = "", safety: bool = False) -> Figure:
    return Figure(criterion=33, name=name, seen=seen, bound=bound, unit=unit, safety=safety)
