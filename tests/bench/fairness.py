"""`python -m tests.bench.fairness`: how soon small organisations' syncs start while another's first loads run.

A stack of its own is started and stopped. One organisation imports many administrations, whose first loads are the
backfill; nine others ask for an incremental sync of their contacts every few seconds, as persons do. First with nothing else to
do, then beside the backfill, then the same with two processes of sync-svc. The sandbox answers each call after a fixed
delay, as a provider far away does.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from pathlib import Path
from statistics import median, quantiles
from uuid import UUID

import httpx
from tests.bench.organisation import Organisation
from tests.bench.report import table
from tests.bench.stage import Json, Stage, answered, new_world

from koppel.kernel.errors import KoppelError
from koppel_local.progress import download_bar
from koppel_local.stack.stack import Stack
from sync_svc.domain.turn import DEFAULT_RULES

SMALL = 9
WORKERS = 4
"""Runs that a process performs at a time, by default."""
OWED = 2
"""Turns that a lower priority may be owed at most."""
_HEAD = (
    "processes", "idle p50 / p99 / max", "beside first loads p50 / p99 / max", "formula", "",
    "first loads of what others left", "goal", "", "calls/s of others / first loads", "a call",
)  # fmt: skip
_CALLS = "select organisation_id, sum(calls)::int as calls from sync.sync_run group by organisation_id"
_POLL = 1.0
"""Seconds between two looks at a run: they are work for the service that is measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Sizes of a run: `seconds` beside the backfill, each small organisation asking `every` so many."""

    administrations: int
    contacts: int
    delay: float
    every: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Starts:
    """Seconds from asking to the first page asked for."""

    seconds: Sequence[float]

    @property
    def p99(self) -> float:
        return quantiles(self.seconds, n=100, method="inclusive")[98]

    def __str__(self) -> str:
        middle = quantiles(self.seconds, n=2, method="inclusive")[0]
        return f"{middle:.2f} / {self.p99:.2f} / {max(self.seconds):.2f} s ({len(self.seconds)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """What one number of processes did. Rates are calls a second; `alone` is the backfill's with nobody else asking,
    `light` the seconds that a call of the others takes with nothing else to do."""

    processes: int
    idle: Starts
    busy: Starts
    light: float
    alone: float
    others: float
    backfill: float

    @property
    def call(self) -> float:
        """Seconds that a worker takes for a call and what came of it."""
        return self.processes * WORKERS / (self.others + self.backfill)

    @property
    def formula(self) -> float:
        """The bound of `docs/performance.md`."""
        rounds = 1 + ceil((SMALL - 1 + OWED) / (self.processes * WORKERS))
        return self.idle.p99 + rounds * (DEFAULT_RULES.quantum + 1) * self.call

    @property
    def of_what_is_left(self) -> float:
        """The backfill's part of the workers' time that others left, by what a call takes each of them."""
        workers = self.processes * WORKERS
        left = workers - self.others * self.light
        return self.backfill * workers / self.alone / max(left, 1e-9)

    def row(self) -> tuple[str, ...]:
        left = self.of_what_is_left
        return (
            str(self.processes), str(self.idle), str(self.busy), f"≤ {self.formula:.2f} s",
            "met" if max(self.busy.seconds) <= self.formula else "missed",
            f"{min(left, 9.99):.0%}", "≥ 50%", "met" if left >= 0.5 else "missed",
            f"{self.others:.1f} / {self.backfill:.1f}", f"{self.call * 1000:.0f} ms",
        )  # fmt: skip


@dataclass(slots=True)
class Small:
    """An organisation with one administration, and how soon its syncs started."""

    organisation: Organisation
    administration: str
    starts: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    """Seconds a call, of each run."""

    async def ask(self) -> None:
        """One incremental sync, to its end."""
        wish = {"administration_ids": [self.administration], "resources": ["contact"]}
        asked = await answered(self.organisation.syncs.post("/v1/syncs", json=wish))
        request = asked["items"][0]["sync_request_id"]
        run = await self.run_of(request)
        self.starts.append(_instant(run["started_at"]) - _instant(run["requested_at"]))
        self.calls.append((_instant(run["finished_at"]) - _instant(run["started_at"])) / run["calls"])

    async def run_of(self, request: str) -> Json:
        """Once it has ended."""
        while True:
            place = f"/v1/sync-runs?sync_request_id={request}"
            found = (await answered(self.organisation.syncs.get(place)))["items"]
            if found and found[0]["state"] == "finished":
                return dict(found[0])
            await asyncio.sleep(_POLL)

    async def ask_every(self, seconds: float, until: float) -> None:
        while time.monotonic() < until:
            next_at = time.monotonic() + seconds
            await self.ask()
            await asyncio.sleep(max(0.0, next_at - time.monotonic()))


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


async def compare(stage: Stage, processes: int, load: Load, say: Callable[[str], None]) -> Fairness:
    """One row of the table."""
    companies = await new_world(stage.sandbox, companies=load.administrations + SMALL, contacts=load.contacts)
    async with AsyncExitStack() as opened:
        say(f"processes of sync-svc: {processes}; {SMALL} small organisations import one administration each")
        smalls = [
            await _small(await opened.enter_async_context(Organisation(stage)), company)
            for company in companies[:SMALL]
        ]
        say(f"another one connects {load.administrations} administrations")
        large = await opened.enter_async_context(Organisation(stage))
        session = await large.discover(await large.connect(companies[SMALL:]))
        await large.complete(session)
        await _answer_late(stage.sandbox, load.delay)
        say("nothing else to do")
        idle = await _starts(smalls, load, load.seconds / 2)
        light = median(each for small in smalls for each in small.calls)
        say("first loads of the large one, alone")
        await large.confirm(session)
        await asyncio.sleep(load.every)
        alone = await _rates(stage, large, asyncio.sleep(load.seconds / 4))
        say("and the others ask beside them")
        busy: list[Starts] = []

        async def ask() -> None:
            busy.append(await _starts(smalls, load, load.seconds))

        both = await _rates(stage, large, ask())
        if not await _backfills(stage, large.organisation_id):
            raise RuntimeError("the first loads were over too soon: give more --administrations")
        return Fairness(
            processes=processes,
            idle=idle,
            busy=busy[0],
            light=light,
            alone=alone[1],
            others=both[0],
            backfill=both[1],
        )


async def _small(organisation: Organisation, company: str) -> Small:
    session = await organisation.discover(await organisation.connect([company]))
    await organisation.complete(session)
    (administration,) = await organisation.confirm(session)
    made = Small(organisation, administration)
    while True:
        runs = (await answered(organisation.syncs.get("/v1/sync-runs")))["items"]
        if runs and runs[0]["state"] == "finished":
            return made
        await asyncio.sleep(_POLL)


async def _answer_late(sandbox: str, seconds: float) -> None:
    order = {"match": {"method": "GET", "path": "/v2/*"}, "kind": "delay", "seconds": seconds}
    async with httpx.AsyncClient(base_url=sandbox, trust_env=False) as http:
        await answered(http.post("/_sandbox/faults", json=order))


async def _starts(smalls: Sequence[Small], load: Load, seconds: float) -> Starts:
    """All of them ask, each at a phase of its own."""
    began = time.monotonic()

    async def one(number: int, small: Small) -> None:
        small.starts.clear()
        await asyncio.sleep(load.every * number / len(smalls))
        await small.ask_every(load.every, began + seconds)

    await asyncio.gather(*(one(number, small) for number, small in enumerate(smalls)))
    return Starts([each for small in smalls for each in small.starts])


async def _rates(
    stage: Stage, large: Organisation, work: "asyncio.Future[None] | object"
) -> tuple[float, float]:
    """Calls a second of the others and of the large one while the work is done."""
    before, began = await _calls(stage), time.monotonic()
    await work  # type: ignore[misc]  # a coroutine of either kind
    after, seconds = await _calls(stage), time.monotonic() - began
    made = {each: calls - before.get(each, 0) for each, calls in after.items()}
    own = made.pop(large.organisation_id, 0)
    return sum(made.values()) / seconds, own / seconds


async def _calls(stage: Stage) -> dict[UUID, int]:
    database = await stage.database()
    try:
        return {row["organisation_id"]: row["calls"] for row in await database.fetch(_CALLS)}
    finally:
        await database.close()


async def _backfills(stage: Stage, organisation_id: UUID) -> bool:
    database = await stage.database()
    try:
        left = "select exists (select from sync.sync_run where organisation_id = $1 and state <> 'finished')"
        return bool(await database.fetchval(left, organisation_id))
    finally:
        await database.close()


def measure(folder: Path, load: Load, processes: Sequence[int], say: Callable[[str], None]) -> list[Fairness]:
    """Start, measure, stop. Raises `KoppelError` when the stack does not start."""
    os.environ["KOPPEL_PROVIDERS_EACCOUNTING_LIMITS"] = "off"  # what is measured is the queue, not a window
    rows: list[Fairness] = []
    try:
        for number in processes:
            os.environ["KOPPEL_PROCESSES"] = f"sync-svc={number}"
            stack = Stack(folder, say=say, progress=download_bar)
            stack.up()
            rows.append(asyncio.run(compare(Stage.of(stack), number, load, say)))
            say(" | ".join(rows[-1].row()))
    finally:
        Stack(folder, say=say).down()
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fairness", description=__doc__)
    parser.add_argument("--administrations", type=int, default=100, help="of the large one (%(default)s)")
    parser.add_argument("--contacts", type=int, default=9_000, help="of each (%(default)s)")
    parser.add_argument("--delay", type=float, default=0.1, help="seconds of each answer (%(default)s)")
    parser.add_argument("--every", type=float, default=4.0, help="seconds between two asks (%(default)s)")
    parser.add_argument("--seconds", type=float, default=40.0, help="beside the first loads (%(default)s)")
    parser.add_argument("--processes", type=int, action="append", help="of sync-svc; 1 and 2")
    parsed = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    load = Load(
        administrations=parsed.administrations, contacts=parsed.contacts, delay=parsed.delay,
        every=parsed.every, seconds=parsed.seconds,
    )  # fmt: skip
    try:
        with tempfile.TemporaryDirectory(prefix="koppel-bench-") as folder:
            rows = measure(
                Path(folder), load, parsed.processes or (1, 2), lambda line: print(line, file=sys.stderr)
            )
    except KoppelError as error:
        print(f"error: {error.detail}", file=sys.stderr)
        return 1
    print(table(_HEAD, [row.row() for row in rows]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
