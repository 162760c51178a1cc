"""`python -m tests.bench.replay_plan [--administrations N] [--events N]`: what a large replay costs, its plan first.

A stack of its own: import-svc's log gets the events, assignment-svc applies them live, then all of it is planned and run as a
rebuild. Memory is that of the log's owner and of the target.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import httpx
import psutil
from tests.bench.memory import sampled
from tests.bench.report import table
from tests.bench.stage import Json, Stage, answered

from koppel.kernel.errors import KoppelError
from koppel.kernel.ids import new_id
from koppel.platform.outbox import EventLog
from koppel.testing.administrations import imported, renamed
from koppel_identity.claims import OPERATOR_RIGHTS
from koppel_local.progress import download_bar
from koppel_local.stack.stack import Stack

_OWNER, _TARGET = "import-svc", "assignment-svc"
_APPLIED = """
select coalesce(sum(version), 0) from assignment.consumer_head where consumer = 'assignment-svc' and topic = $1
"""
_TOPIC = "koppel.administration.v1"
_WITHIN = 600.0


@dataclass(slots=True)
class Costs:
    """Rows of the table."""

    rows: list[tuple[str, ...]] = field(default_factory=list)

    async def step(self, stage: Stage, name: str, events: int, work: Callable[[], Awaitable[Json]]) -> Json:
        began, used = time.perf_counter(), _processor(stage)
        async with sampled({each: stage.pids[each] for each in (_OWNER, _TARGET)}) as memory:
            found = await work()
        seconds = time.perf_counter() - began
        busy = " · ".join(f"{name} {spent - used[name]:.1f}" for name, spent in _processor(stage).items())
        told = " · ".join(f"{each.service} {each.start:.0f} → {each.peak:.0f}" for each in memory)
        self.rows.append((name, f"{events:,}", f"{seconds:.1f} s", f"{events / seconds:,.0f}", busy, told))
        return found

    def markdown(self) -> str:
        return table(("step", "events", "time", "a second", "processor, s", "MB: before → most"), self.rows)


async def measure(stage: Stage, administrations: int, events: int) -> str:
    """Log, apply, plan, run; the table, and where the run was not as planned."""
    costs = Costs()
    organisation = new_id()
    planner, starter = (
        stage.issuer.person_token(
            user=new_id(), organisation=organisation, roles=["beheerder"], rights=OPERATOR_RIGHTS
        )
        for _ in range(2)  # a large replay is started by another than its planner
    )
    every = administrations * events

    async def logged() -> Json:
        await _log(stage, organisation, administrations, events)
        await _until_applied(stage, every)
        return {}

    async with stage.client(_OWNER, planner) as owner, stage.client(_OWNER, starter) as colleague:
        wish = {
            "filter": {"organisation_id": str(organisation)},
            "target": [_TARGET],
            "mode": "rebuild",
            "rate": 10_000,
            "reason": "measured",
        }

        async def planned() -> Json:
            replay = await answered(owner.post("/ops/v1/replays", json=wish))
            return await _reach(owner, replay["id"], "planning")

        async def run() -> Json:
            await answered(colleague.post(f"/ops/v1/replays/{plan['id']}/start"))
            return await _reach(owner, plan["id"], "running")

        await costs.step(stage, "logged, and applied live", every, logged)
        plan = await costs.step(stage, "plan of a rebuild", every, planned)
        done = await costs.step(stage, "its run, at 10,000 a second", every, run)
    [target] = plan["plan"]["targets"]
    return f"{costs.markdown()}\n\nplanned: {target}\nstate: {done['state']}, differences: {done['differences'] or 'none'}"


def _processor(stage: Stage) -> dict[str, float]:
    """Processor time so far; PostgreSQL's with that of its backends that are still there."""
    pids = {name: stage.pids[name] for name in (_OWNER, _TARGET)} | {"postgres": stage.others["postgres"]}
    return {name: sum(map(_seconds, ours)) for name, ours in pids.items()}


def _seconds(pid: int) -> float:
    processes = [psutil.Process(pid)]
    processes += processes[0].children(recursive=True)
    return sum(sum(each.cpu_times()[:2]) for each in processes)


async def _log(stage: Stage, organisation_id: UUID, administrations: int, events: int) -> None:
    database = await stage.database()
    try:
        await database.execute("set search_path to import")
        for _ in range(administrations):
            first = imported(organisation_id)
            later = [renamed(first, f"Bakkerij {number} B.V.") for number in range(events - 1)]
            async with database.transaction():
                await EventLog(database).append(first, *later)
    finally:
        await database.close()


async def _until_applied(stage: Stage, events: int) -> None:
    database, deadline = await stage.database(), time.monotonic() + _WITHIN
    try:
        while await database.fetchval(_APPLIED, _TOPIC) < events:
            if time.monotonic() > deadline:
                raise TimeoutError(f"assignment-svc did not apply them within {_WITHIN:.0f} s")
            await asyncio.sleep(0.2)
    finally:
        await database.close()


async def _reach(owner: httpx.AsyncClient, replay_id: str, leaves: str) -> Json:
    while True:
        replay = await answered(owner.get(f"/ops/v1/replays/{replay_id}"))
        if replay["state"] != leaves:
            return replay
        await asyncio.sleep(0.1)


def main() -> int:
    """Measure and print; the exit code is 0 when it came to its end."""
    whole = argparse.ArgumentParser(prog="python -m tests.bench.replay_plan", description=__doc__)
    whole.add_argument("--administrations", type=int, default=1_000, help="streams (%(default)s)")
    whole.add_argument("--events", type=int, default=100, help="events of each (%(default)s)")
    asked = whole.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave as after Ctrl-C: everything stopped
    with tempfile.TemporaryDirectory(prefix="koppel-bench-") as folder:
        stack = Stack(Path(folder), say=lambda line: print(line, file=sys.stderr), progress=download_bar)
        try:
            stack.up()
            print(asyncio.run(measure(Stage.of(stack), asked.administrations, asked.events)))
        except KoppelError as error:
            print(f"error: {error.detail}", file=sys.stderr)
            return 1
        finally:
            stack.down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
