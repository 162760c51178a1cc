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


def commands(heading: str) -> str:
    """The shell block under a heading of the README."""
    section = README.read_text(encoding="utf-8").partition(f"### {heading}\n")[2].partition("\n#")[0]
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL))


def environment(folder: Path) -> dict[str, str]:
    """Ours, with this Python, and with Node and npm from their wheel."""
    found = node.environment(node.node_commands(folder))
    return {**found, "PATH": os.pathsep.join([str(Path(sys.executable).parent), found["PATH"]])}


@dataclass
class Running:
    """A subscriber and what it said so far."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)

    async def has_applied(self, key: str, version: int) -> None:
        """The effect of this version of the stream is durable."""
        await self.says(rf"applied {version} \S+ {key}")

    async def says(self, what: str, *, within: float = 40) -> None:
        async def said() -> bool:
            assert self.process.returncode is None, "\n".join(self.lines)
            return any(re.search(what, line) for line in self.lines)

        await eventually(said, within=within, what=f"{what!r} in {self.lines[-10:]}")

    def applied(self, key: str) -> list[int]:
        """Versions in the order in which their effects happened."""
        words = [line.split() for line in self.lines if line.startswith("applied") and key in line]
        return [int(line[1]) for line in words]


@asynccontextmanager
async def running(script: str, folder: Path, variables: dict[str, str]) -> AsyncIterator[Running]:
    """The script from the root of a copy of docs/subscribers; killed at the end, without a goodbye."""
    if not (folder / "docs").exists():
        shutil.copytree(
            ROOT / "docs/subscribers",
            folder / "docs/subscribers",
            ignore=shutil.ignore_patterns("node_modules", "__pycache__", "*.sqlite"),
        )
    process = await asyncio.create_subprocess_exec(
        *("sh", "-euc", script),
        cwd=folder,
        env={**environment(folder), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    subscriber = Running(process)
    reading = asyncio.create_task(_read(subscriber))
    try:
        yield subscriber
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await reading


async def _read(subscriber: Running) -> None:
    assert subscriber.process.stdout is not None
    async for line in subscriber.process.stdout:
        subscriber.lines.append(line.decode().rstrip())
