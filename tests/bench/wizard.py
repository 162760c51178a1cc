"""`python -m tests.bench.wizard`: the import wizard's steps by API, with the calls and seconds of each.

A stack of its own is started and stopped. The logins are preparation; everything else runs as it does for a person:
discovery asks the sandbox, the trade register is looked up and companies are probed meanwhile, and after the confirm
the first syncs begin.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.bench.organisation import Organisation
from tests.bench.report import table
from tests.bench.stage import Json, Stage, answered, new_world

from koppel.kernel.errors import KoppelError
from koppel.kernel.ids import new_id
from koppel_local.progress import download_bar
from koppel_local.stack.stack import Stack

_TEST_NUMBER = "68750110"
_IDS_IN_A_CALL = 200


@dataclass(slots=True)
class Steps:
    """Rows of the table; the calls of the clients that are counted."""

    rows: list[tuple[str, int, float]] = field(default_factory=list)
    _calls: int = 0

    def count(self, *clients: httpx.AsyncClient) -> None:
        async def one_more(_: httpx.Request) -> None:
            self._calls += 1

        for client in clients:
            client.event_hooks["request"].append(one_more)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        calls, began = self._calls, time.perf_counter()
        yield
        self.rows.append((name, self._calls - calls, time.perf_counter() - began))

    def markdown(self) -> str:
        told = [(name, str(calls), f"{seconds:.2f} s") for name, calls, seconds in self.rows]
        calls, seconds = sum(row[1] for row in self.rows), sum(row[2] for row in self.rows)
        return table(("step", "calls", "time"), [*told, ("together", str(calls), f"{seconds:.2f} s")])


async def walk(stage: Stage, candidates: int) -> Steps:
    """The story of one office, from its logins to the list screen."""
    steps = Steps()
    companies = await new_world(stage.sandbox, companies=candidates, contacts=1)
    async with Organisation(stage) as organisation:
        division = str(new_id())
        named = organisation.assignments.put(f"/v1/divisions/{division}", json={"name": "MKB Noord"})
        await answered(named)
        connection_id = await organisation.connect(companies)
        steps.count(organisation.imports, organisation.assignments, organisation.syncs)
        session, found = await _choose(steps, organisation, connection_id)
        administrations = await _import(steps, organisation, session, found)
        await _after(steps, organisation, session, division, administrations)
    return steps


async def _choose(steps: Steps, organisation: Organisation, connection_id: str) -> tuple[str, list[Json]]:
    with steps.step("discovery, asked every 20 ms until it is over"):
        session = await organisation.discover(connection_id)
    with steps.step("candidates, 200 a page"):
        found = await organisation.listed(organisation.imports, f"/v1/import-sessions/{session}/candidates")
    with steps.step("a number looked up in the trade register"):
        await answered(organisation.imports.get(f"/v1/kvk/{_TEST_NUMBER}"))
    return session, found


async def _import(steps: Steps, organisation: Organisation, session: str, found: list[Json]) -> list[str]:
    place, imports = f"/v1/import-sessions/{session}", organisation.imports
    with steps.step("all selected"):
        ids = [each["id"] for each in found]
        await answered(imports.put(f"{place}/selection", json={"candidate_ids": ids}))
    with steps.step("a profile for each, in one call"):
        number = {"sbi_version": "2025", "code": "N"}
        rows = [
            {"candidate_id": each["id"], "kvk_number": each["kvk_number"], "sector": number} for each in found
        ]
        await answered(imports.put(f"{place}/profiles", json={"items": rows}))
    with steps.step("the import confirmed"):
        administrations = await organisation.confirm(session)
    with steps.step("the summary"):
        await answered(imports.get(f"{place}/summary"))
    return administrations


async def _after(
    steps: Steps, organisation: Organisation, session: str, division: str, administrations: list[str]
) -> None:
    assignments = organisation.assignments
    with steps.step("until all are assigned to the beheerder"):
        await organisation.await_assigned(len(administrations))
    with steps.step("a plan for all of the import, and applied"):
        wish = {"import_session_id": session, "set": {"division_id": division}}
        plan = await answered(assignments.post("/v1/assignment-plans", json=wish))
        await answered(assignments.post(f"/v1/assignment-plans/{plan['id']}/apply"))
    with steps.step("assignments of all, 200 a call"):
        for begin in range(0, len(administrations), _IDS_IN_A_CALL):
            ids = ",".join(administrations[begin : begin + _IDS_IN_A_CALL])
            await answered(assignments.get("/v1/assignments", params={"administration_ids": ids}))
    with steps.step("sync status of all, 200 a page"):
        await organisation.listed(organisation.syncs, f"/v1/sync-status?import_session_id={session}")


def main() -> int:
    """Measure and print; the exit code is 0 when every step was done."""
    whole = argparse.ArgumentParser(prog="python -m tests.bench.wizard", description=__doc__)
    whole.add_argument("--candidates", type=int, default=300, help="companies to import (%(default)s)")
    candidates: int = whole.parse_args().candidates
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # leave as after Ctrl-C: everything stopped
    with tempfile.TemporaryDirectory(prefix="koppel-bench-") as folder:
        stack = Stack(Path(folder), say=lambda line: print(line, file=sys.stderr), progress=download_bar)
        try:
            stack.up()
            print(asyncio.run(walk(Stage.of(stack), candidates)).markdown())
        except KoppelError as error:
            print(f"error: {error.detail}", file=sys.stderr)
            return 1
        finally:
            stack.down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
