"""The quick-starts of docs/subscribers, run by the very commands of its README."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from koppel.testing import node
from koppel.testing.eventually import eventually

ROOT = Path(__file__).parents[3]
README = ROOT / "docs/subscribers/README.md"


def commands(heading: str, *, database: bool = False) -> str:
    """The shell blocks under a heading of the README; that which finds the stack's database only when it is wanted."""
    section = README.read_text(encoding="utf-8").partition(f"### {heading}\n")[2].partition("\n#")[0]
    if not database:
        section = re.sub(r"<!-- database: begin -->.*<!-- database: end -->", "", section, flags=re.DOTALL)
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL))


def environment(folder: Path) -> dict[str, str]:
    """Ours, without this Python on the path, and with Node and npm from their wheel."""
    return node.environment(node.node_commands(folder))


@dataclass
class Running:
    """A subscriber, what it said so far, and the task that listens."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    listening: asyncio.Task[None] | None = None

    async def has_applied(self, key: str, version: int) -> None:
        """The effect of this version of the stream is durable."""
        await self.says(rf"applied {version} \S+ {key}")

    async def says(self, what: str, *, within: float = 40) -> None:
        async def said() -> bool:
            assert self.process.returncode is None, "\n".join(self.lines)
            return any(re.search(what, line) for line in self.lines)

        await eventually(said, within=within, what=f"{what!r} in {self.lines[-10:]}")

    async def stop(self) -> int:
        """Told to stop, as by an operating system; the exit status once it has said all."""
        os.killpg(self.process.pid, signal.SIGTERM)
        return await self.ended()

    async def ended(self, *, within: float = 40) -> int:
        """The exit status of a subscriber that ends by itself, once it has said all."""
        assert self.listening is not None
        await asyncio.wait_for(asyncio.shield(self.listening), within)
        return await self.process.wait()

    def applied(self, key: str) -> list[int]:
        """Versions in the order in which their effects happened."""
        words = [line.split() for line in self.lines if line.startswith("applied") and key in line]
        return [int(line[1]) for line in words]


@asynccontextmanager
async def running(script: str, folder: Path, variables: dict[str, str]) -> AsyncIterator[Running]:
    """The script from the root of a copy of docs/subscribers; killed at the end, without a goodbye.

    The shell leaves SIGTERM to the subscriber, whose exit status is its own.
    """
    if not (folder / "docs").exists():
        shutil.copytree(
            ROOT / "docs/subscribers",
            folder / "docs/subscribers",
            ignore=shutil.ignore_patterns("node_modules", "__pycache__", "*.sqlite"),
        )
        (folder / ".venv").symlink_to(sys.prefix)
    process = await asyncio.create_subprocess_exec(
        *("sh", "-euc", f"trap : TERM\n{script}"),
        cwd=folder,
        env={**environment(folder), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    subscriber = Running(process)
    subscriber.listening = asyncio.create_task(_read(subscriber))
    try:
        yield subscriber
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await subscriber.listening


async def _read(subscriber: Running) -> None:
    assert subscriber.process.stdout is not None
    async for line in subscriber.process.stdout:
        subscriber.lines.append(line.decode().rstrip())
