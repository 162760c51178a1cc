"""Starting, pausing and ending worker processes."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.bench.backbone.ground import Ground

Worker = asyncio.subprocess.Process


@asynccontextmanager
async def working(ground: Ground, role: str, name: str, count: int = 1) -> AsyncIterator[Sequence[Worker]]:
    """`count` processes of a role, all ready; ended with the block."""
    started: list[Worker] = []
    try:
        started += [await _start(ground, role, name) for _ in range(count)]
        await asyncio.gather(*(_ready(worker) for worker in started))
        yield started
    finally:
        for worker in started:
            if worker.returncode is None:
                worker.terminate()
        await asyncio.gather(*(_end(worker) for worker in started))


@asynccontextmanager
async def paused(workers: Sequence[Worker]) -> AsyncIterator[None]:
    """They stand still in the block and all go on at its end."""
    for worker in workers:
        worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGCONT)


async def _start(ground: Ground, role: str, name: str) -> Worker:
    command = ("-m", "tests.bench.backbone.worker", role, ground.service.app_dsn, ground.kafka, name)
    return await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )


async def _ready(worker: Worker) -> None:
    assert worker.stdout is not None
    async with asyncio.timeout(60):
        if await worker.stdout.readline() != b"ready\n":
            raise RuntimeError("a worker of the benchmark ended before it was ready")


async def _end(worker: Worker) -> None:
    try:
        async with asyncio.timeout(20):
            await worker.wait()
    except TimeoutError:
        worker.kill()
        await worker.wait()
