"""A service as a real process: starts, waits, answers probes, stops on a signal, dies loudly."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from koppel.testing.eventually import eventually

PROGRAM = Path(__file__).with_name("example_service.py")


class Process:
    """The example service, running."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.url = ""

    async def said(self, word: str) -> str:
        """Read its stderr until a line starts with `word`."""
        assert self.process.stderr is not None
        async with asyncio.timeout(20):
            while line := (await self.process.stderr.readline()).decode().strip():
                if line.startswith(word):
                    return line
        raise AssertionError(f"the process ended before it said {word!r}")

    async def ended(self) -> tuple[int, list[dict[str, object]], str]:
        """Exit code, log lines, the rest of stderr."""
        async with asyncio.timeout(20):
            out, err = await self.process.communicate()
        assert self.process.returncode is not None
        return self.process.returncode, [json.loads(line) for line in out.splitlines()], err.decode()

    async def ready(self, client: httpx.AsyncClient) -> None:
        async def is_ready() -> bool:
            return (await client.get("/readyz")).status_code == 200

        await eventually(is_ready, what="readiness")


@asynccontextmanager
async def example(*arguments: str, **environment: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        *(arguments or ("run",)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | environment,
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@asynccontextmanager
async def serving(process: Process) -> AsyncIterator[httpx.AsyncClient]:
    port = (await process.said("port")).split()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        yield client


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_in_order_with_exit_code_0(number: signal.Signals) -> None:
    async with example() as process, serving(process) as client:
        await process.ready(client)
        assert (await client.get("/livez")).status_code == 200
        process.process.send_signal(number)
        code, log, err = await process.ended()
    assert code == 0
    assert [line for line in err.splitlines() if line in ("closed", "withdrawn")] == ["closed", "withdrawn"]
    assert [line["message"] for line in log][-2:] == ["example-svc is stopping", "example-svc stopped"]
    assert not [line for line in log if line["level"] == "error"]


async def test_a_request_in_flight_is_answered_before_its_database_closes() -> None:
    async with example() as process, serving(process) as client:
        await process.ready(client)
        running = asyncio.create_task(client.get("/slow"))
        await process.said("slow request")
        process.process.terminate()
        assert (await running).json() == {"database": True}
        assert (await process.ended())[0] == 0


async def test_while_it_waits_it_is_alive_but_not_ready_and_a_signal_still_ends_it() -> None:
    async with example(EXAMPLE="never") as process, serving(process) as client:
        assert (await client.get("/livez")).status_code == 200
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]["started"]["reason"]) == (503, "still starting")
        process.process.terminate()
        code, log, _ = await process.ended()
    assert code == 0
    assert "waiting for PostgreSQL at 127.0.0.1:1 (Connection refused)" in [line["message"] for line in log]


async def test_a_part_that_dies_ends_the_process_with_its_cause() -> None:
    async with example() as process, serving(process) as client:
        await process.ready(client)
        await client.post("/die")
        code, log, err = await process.ended()
    assert code == 1
    assert "closed" in err, "the other parts are still stopped in order"
    [death] = [line for line in log if line["message"] == "worker ended by itself"]
    assert "the cause of death" in str(death["exception"])


async def test_a_part_that_refuses_to_start_is_one_line_and_exit_code_1() -> None:
    async with example(EXAMPLE="refuse") as process:
        code, log, _ = await process.ended()
    assert code == 1
    [line] = [line for line in log if line["level"] == "error"]
    assert line["message"] == "database did not start: The setting X is wrong. hint: set it right."
    assert "exception" not in line


async def test_a_part_that_does_not_stop_costs_no_more_than_the_grace() -> None:
    async with example(EXAMPLE="hang") as process, serving(process) as client:
        await process.ready(client)
        process.process.terminate()
        code, log, _ = await process.ended()
    assert code == 1
    assert [line for line in log if str(line["message"]).startswith("could not stop database within")]


async def test_a_taken_port_is_one_line() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        async with example(PORT=port) as process:
            code, log, _ = await process.ended()
    assert code == 1
    assert [f"127.0.0.1:{port}" in str(line["message"]) for line in log if line["level"] == "error"] == [True]


async def test_the_command_line_explains_itself() -> None:
    async with example("--help") as process:
        assert process.process.stdout is not None
        out, _ = await process.process.communicate()
    text = out.decode()
    assert process.process.returncode == 0
    assert "migrate" in text
    assert "EXAMPLE_SVC_" in text
    async with example("migrate") as process:
        out, err = await process.process.communicate()
        assert (out, err) == (b"applied example/0001_pre_first.sql\n", b"migrated None 60\n")
    async with example("migrate", "--phase", "post", "--statement-timeout", "5") as process:
        out, err = await process.process.communicate()
        assert (out, err) == (b"nothing to apply\n", b"migrated post 5\n")
    async with example("migrate", "--phase", "later") as process:
        assert (await process.ended())[0] == 2
    async with example("dance") as process:
        assert (await process.ended())[0] == 2
