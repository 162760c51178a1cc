"""Resident memory of processes, sampled while something else goes on."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import psutil
from tests.bench.figures import Memory

_EVERY = 0.5
_MEGABYTE = 1_000_000


@asynccontextmanager
async def sampled(pids: Mapping[str, Sequence[int]]) -> AsyncIterator[list[Memory]]:
    """Samples the named processes every half second; the list is filled when the block is left."""
    results: list[Memory] = []
    samples: dict[str, list[float]] = {name: [] for name in pids}
    sampling = asyncio.create_task(_sample(pids, samples))
    try:
        yield results
    finally:
        sampling.cancel()
        with suppress(asyncio.CancelledError):
            await sampling
        _take(pids, samples)
        results += [Memory(name, tuple(taken)) for name, taken in samples.items()]


async def _sample(pids: Mapping[str, Sequence[int]], samples: dict[str, list[float]]) -> None:
    while True:
        _take(pids, samples)
        await asyncio.sleep(_EVERY)


def _take(pids: Mapping[str, Sequence[int]], samples: dict[str, list[float]]) -> None:
    for name, ours in pids.items():
        samples[name].append(sum(psutil.Process(pid).memory_info().rss for pid in ours) / _MEGABYTE)
