"""`python -m tests.bench.telemetry`: what sending traces, metrics and logs costs the services, in processor time.

A stack of its own is started. In turn its services run without a collector, with one that takes everything, and with one
that is away, and do the same work each time, warm: calls that read, and full syncs in which every record is new. What is
compared is the processor time of the four services beyond what they spend at rest in the same time, so that other programs
on the machine hardly change it; the collector is a process of its own and not counted.
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from unittest.mock import patch

import httpx
import psutil
from tests.bench.cpu import THIS_PROGRAM, between, spent
from tests.bench.cpu import Spent as Used
from tests.bench.organisation import Organisation, run_concurrently
from tests.bench.report import table
from tests.bench.stage import Stage, answered, new_world

from koppel.kernel.errors import KoppelError
from koppel.testing.eventually import eventually
from koppel_local.process.ports import LOOPBACK, any_free_port
from koppel_local.progress import download_bar
from koppel_local.stack.stack import Stack

_TAKES_ALL = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Takes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_): pass
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Takes).serve_forever()
"""
_AT_ONCE = 8
_AT_REST = 10.0
"""Seconds in which nobody asks anything."""
_READS = (
    ("connection-svc", "/v1/connections"),
    ("import-svc", "/v1/administrations"),
    ("assignment-svc", "/v1/users"),
    ("sync-svc", "/v1/sync-runs"),
)
_HEAD = (
    "collector",
    "processor time of services",
    "beside none",
    "rounds",
    "seconds of the work",
    "beside none",
)


@dataclass(frozen=True, slots=True)
class Work:
    """So many calls at each service, and first syncs of so many companies with so many contacts each."""

    calls: int
    companies: int
    contacts: int


@dataclass(slots=True)
class Spent:
    """Of each round: processor time of the services, and how long the work took, in seconds."""

    processor: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.telemetry", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="of each kind (%(default)s)")
    parser.add_argument("--calls", type=int, default=1000, help="at each service, a round (%(default)s)")
    parser.add_argument("--companies", type=int, default=4, help="synchronised in a round (%(default)s)")
    parser.add_argument("--contacts", type=int, default=2500, help="of each company (%(default)s)")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave as after Ctrl-C: everything stopped
    work = Work(asked.calls, asked.companies, asked.contacts)
    with tempfile.TemporaryDirectory(prefix="koppel-bench-") as folder:
        stack = Stack(Path(folder), progress=download_bar)
        try:
            stack.up()
            with _collecting() as endpoint:
                print(asyncio.run(_measured(stack, endpoint, work, asked.rounds)))
        except KoppelError as error:
            print(f"error: {error.detail}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
        finally:
            stack.down()
    return 0


@contextmanager
def _collecting() -> Iterator[str]:
    """The address of a process that takes whatever comes."""
    port = any_free_port()
    collector = subprocess.Popen([sys.executable, "-c", _TAKES_ALL, str(port)])
    try:
        yield f"http://{LOOPBACK}:{port}"
    finally:
        collector.terminate()
        collector.wait()


async def _measured(stack: Stack, endpoint: str, work: Work, rounds: int) -> str:
    kinds = {"none": "", "takes all": endpoint, "away": f"http://{LOOPBACK}:{any_free_port()}"}
    found = {kind: Spent() for kind in kinds}
    for _ in range(rounds):
        for kind, place in kinds.items():
            stage = await _started_anew(stack, place)
            await _done(stage, Work(work.calls // 10, 1, 10))
            await _round(stage, work, found[kind])
            print(f"{kind}: {found[kind].processor[-1]:.1f} s of processor", file=sys.stderr)
    return _told(found, work)


async def _round(stage: Stage, work: Work, found: Spent) -> None:
    before = spent(stage.pids)
    await asyncio.sleep(_AT_REST)
    at_rest = _of_services(before, stage) / _AT_REST
    before, began = spent(stage.pids), time.monotonic()
    await _done(stage, work)
    took = time.monotonic() - began
    found.took.append(took)
    found.processor.append(_of_services(before, stage) - at_rest * took)


def _of_services(before: Used, stage: Stage) -> float:
    used = between(before, spent(stage.pids))
    return sum(seconds for part, seconds in used.items() if part != THIS_PROGRAM)


async def _started_anew(stack: Stack, endpoint: str) -> Stage:
    """Stop the services, and start them with this collector, or with none."""
    running = [psutil.Process(pid) for pids in Stage.of(stack).pids.values() for pid in pids]
    for process in running:
        process.terminate()
    await asyncio.to_thread(psutil.wait_procs, running, 30)
    with patch.dict(os.environ, {"KOPPEL_OTLP_ENDPOINT": endpoint}):
        await asyncio.to_thread(stack.start)
    return Stage.of(stack)


async def _done(stage: Stage, work: Work) -> None:
    """Connect, import and synchronise a new organisation's companies, then read."""
    companies = await new_world(stage.sandbox, companies=work.companies, contacts=work.contacts)
    async with Organisation(stage) as organisation:
        session = await organisation.discover(await organisation.connect(companies))
        await organisation.complete(session)
        administrations = await organisation.confirm(session)
        await eventually(partial(_all_read, organisation, len(administrations)), within=600, every=0.2)
        token = stage.person_token(organisation.beheerder, organisation.organisation_id)
        for service, path in _READS:
            async with stage.client(service, token) as http:
                await _read(http, path, work.calls)


async def _all_read(organisation: Organisation, administrations: int) -> bool:
    runs = await organisation.listed(organisation.syncs, "/v1/sync-runs")
    return len([each for each in runs if each["state"] == "finished"]) >= administrations


async def _read(http: httpx.AsyncClient, path: str, calls: int) -> None:
    async def one(_: int) -> None:
        await answered(http.get(path))

    await run_concurrently(one, range(calls), _AT_ONCE)


def _told(found: dict[str, Spent], work: Work) -> str:
    none = found["none"]
    rows = [
        (
            kind,
            f"{median(spent.processor):.1f} s",
            _ratio(spent.processor, none.processor),
            ", ".join(
                f"{ours / bare:.2f}" for ours, bare in zip(spent.processor, none.processor, strict=True)
            ),
            f"{median(spent.took):.1f} s",
            _ratio(spent.took, none.took),
        )
        for kind, spent in found.items()
    ]
    records = work.companies * work.contacts
    return f"{work.calls * len(_READS):,} calls and {records:,} records a round\n\n{table(_HEAD, rows)}"


def _ratio(ours: Sequence[float], bare: Sequence[float]) -> str:
    return f"{median(each / beside for each, beside in zip(ours, bare, strict=True)):.2f} ×"


if __name__ == "__main__":
    sys.exit(main())
