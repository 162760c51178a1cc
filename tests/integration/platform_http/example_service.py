"""A small service for the tests of the runner; behaviour by the environment, life by signals."""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from fastapi import APIRouter

from koppel.kernel.errors import Permanent
from koppel.platform.command_line import service_main
from koppel.platform.health import Health
from koppel.platform.http import create_app
from koppel.platform.identity import Authenticator, JwksFile
from koppel.platform.migrations import Limits, Phase
from koppel.platform.runner import HttpPart, Part, ResourcePart, TaskPart, run_service
from koppel.platform.telemetry import setup_telemetry


def say(word: str) -> None:
    """One line for the test, apart from the log."""
    sys.stderr.write(f"{word}\n")
    sys.stderr.flush()


class Example:
    """What the environment asked for."""

    def __init__(self) -> None:
        self.behaviour = os.environ.get("EXAMPLE", "")
        self.health = Health()
        self.router = APIRouter()
        self.router.add_api_route("/slow", self.slow)
        self.router.add_api_route("/die", self.die, methods=["POST"])
        self.asked_to_die = asyncio.Event()
        self.open = False
        self.closed = asyncio.Event()

    async def slow(self) -> dict[str, bool]:
        say("slow request")
        await self.health.stopping.wait()
        # Long enough for a shutdown in the wrong order to close the database under this request.
        with suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await self.closed.wait()
        return {"database": self.open}

    async def die(self) -> None:
        self.asked_to_die.set()

    async def begin(self) -> None:
        if self.behaviour == "never":
            raise ConnectionRefusedError(111, "Connection refused")
        if self.behaviour == "refuse":
            raise Permanent("bad_setting", "The setting X is wrong. hint: set it right.")
        self.open = True

    async def end(self) -> None:
        say("closed")
        self.open = False
        self.closed.set()
        if self.behaviour == "hang":
            await asyncio.Event().wait()

    async def work(self) -> None:
        await self.asked_to_die.wait()
        raise KeyError("the cause of death")


async def run() -> int:
    setup_telemetry("example-svc")
    example = Example()
    app = create_app(
        "example-svc",
        version="1",
        routers=[example.router],
        authenticator=Authenticator("issuer", "koppel", JwksFile(Path("absent"))),
        health=example.health,
    )
    http = HttpPart(app, "127.0.0.1", int(os.environ.get("PORT", "0")))

    async def announce() -> None:
        say(f"port {http.port}")

    async def withdraw() -> None:
        say("withdrawn")

    parts: list[Part] = [
        http,
        ResourcePart("announcement", announce, withdraw),
        ResourcePart("database", example.begin, example.end, waiting_for="PostgreSQL at 127.0.0.1:1"),
        TaskPart("worker", example.work),
    ]
    return await run_service(
        name="example-svc", parts=parts, health=example.health, shutdown_grace=timedelta(seconds=3)
    )


async def migrate(phase: Phase | None, limits: Limits) -> list[str]:
    say(f"migrated {phase} {limits.statement.total_seconds():g}")
    return ["example/0001_pre_first.sql"] if phase is None else []


if __name__ == "__main__":
    service_main("example-svc", run=run, migrate=migrate)
