"""Many first syncs, several at a time, while the memory of every service is watched."""

import asyncio
from contextlib import AsyncExitStack

from tests.bench.figures import Memory
from tests.bench.listener import Listener
from tests.bench.memory import sampled
from tests.bench.organisation import Organisation
from tests.bench.screen import Screen
from tests.bench.sizes import Sizes
from tests.bench.stage import Stage

_WITHIN = 3600.0
_CONCURRENT = 3
_HINT_EVERY = 0.5


async def watch_memory(stage: Stage, company: str, sizes: Sizes, screen: Screen) -> tuple[Memory, ...]:
    """Samples from the first import confirmed to the last record read."""
    async with AsyncExitStack() as open_things:
        screen.say(f"memory: {sizes.memory_syncs} organisations connect and prepare their imports")
        organisations = [
            await open_things.enter_async_context(Organisation(stage)) for _ in range(sizes.memory_syncs)
        ]
        sessions = await _prepare(organisations, company)
        listener = await open_things.enter_async_context(Listener(stage.kafka))
        screen.say(f"memory: {sizes.memory_records:,} records, {len(organisations)} first syncs")
        hints = asyncio.create_task(_hint(listener, sizes, screen))
        try:
            async with sampled(stage.pids) as memory:
                administrations = [
                    (await organisation.confirm(session))[0]
                    for organisation, session in zip(organisations, sessions, strict=True)
                ]
                await listener.all_records_of(administrations, within=_WITHIN)
        finally:
            hints.cancel()
    return tuple(memory)


async def _prepare(organisations: list[Organisation], company: str) -> list[str]:
    """Import sessions with everything filled in, one an organisation."""
    gate = asyncio.Semaphore(_CONCURRENT)

    async def one(organisation: Organisation) -> str:
        async with gate:
            session = await organisation.discover(await organisation.connect([company]))
            await organisation.complete(session)
            return session

    return list(await asyncio.gather(*(one(organisation) for organisation in organisations)))


async def _hint(listener: Listener, sizes: Sizes, screen: Screen) -> None:
    while True:
        screen.hint(f"memory: {listener.heard.records:,} of {sizes.memory_records:,} records read from Kafka")
        await asyncio.sleep(_HINT_EVERY)
