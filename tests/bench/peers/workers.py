"""Writer and reader as processes of their own."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.bench.peers.work import Work

from koppel_local.failure import SetupFailed

_ONE_LINE = 64 * 1024 * 1024
"""Bytes: what a worker found is one line."""
_WITHIN = 300.0


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that was started with its work; it goes on when told."""

    role: str
    process: asyncio.subprocess.Process

    @property
    def pid(self) -> int:
        return self.process.pid

    def tell(self, word: str) -> None:
        if self.process.stdin is not None:
            self.process.stdin.write(f"{word}\n".encode())

    async def has_said(self, word: str) -> None:
        """Wait for that word. Raises `SetupFailed` when the worker says something else, ends, or takes too long."""
        if (line := await self._line()) != word:
            raise self._failed(f"said {line!r} instead of {word!r}")

    async def found(self) -> dict[str, Any]:
        """What it noted."""
        self.tell("tell")
        content: dict[str, Any] = json.loads(await self._line())
        return content

    async def _line(self) -> str:
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(_WITHIN):
                line = await self.process.stdout.readline()
        except TimeoutError:
            raise self._failed(f"said nothing for {_WITHIN:.0f} s") from None
        if not line:
            raise self._failed("ended early")
        return line.decode().strip()

    def _failed(self, what: str) -> SetupFailed:
        detail = f"The {self.role} of the benchmark {what}."
        return SetupFailed("worker_failed", detail, hint="What it printed above says why.")


@asynccontextmanager
async def worker(role: str, work: Work) -> AsyncIterator[Worker]:
    """A ready writer or reader; ended with the block. A Ctrl-C reaches it through us only."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"tests.bench.peers.{role}",
        work.to_argument(),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_ONE_LINE,
        start_new_session=True,
    )
    started = Worker(role, process)
    try:
        await started.has_said("ready")
        yield started
    finally:
        if process.returncode is None:
            process.kill()  # it holds nothing that anybody needs
        await process.wait()
