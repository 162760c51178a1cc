"""What stands in front of a service: it passes connections on to processes that say they are ready.

As a Service of Kubernetes or a balancer of TCP does it. A connection that a process refuses is made at another one: nothing
of the call has been sent by then, so it is safe. `retried` counts these.
"""

import asyncio
import time
from collections import defaultdict
from contextlib import closing, suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Self

_LOOK_EVERY = 0.2
_ANSWER_WITHIN = 2.0
_HOST = "127.0.0.1"
_READY = b"GET /readyz HTTP/1.1\r\nHost: balancer\r\nConnection: close\r\n\r\n"


@dataclass(slots=True)
class Pool:
    """The processes of one service, by port."""

    every: list[int] = field(default_factory=list)
    ready: list[int] = field(default_factory=list)
    turn: int = 0

    def in_turn(self) -> list[int]:
        """Those that are ready, another one first each time."""
        self.turn += 1
        at = self.turn % max(1, len(self.ready))
        return self.ready[at:] + self.ready[:at]


class Balancer:
    """Listens for services by name. Use as a context manager: it runs in a thread of its own, whatever the tests' loop does."""

    def __init__(self) -> None:
        self.retried = 0
        self.unserved = 0
        """Connections for which no process was there."""
        self.pools: defaultdict[str, Pool] = defaultdict(Pool)
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="balancer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._looking = asyncio.run_coroutine_threadsafe(self._keep_looking(), self._loop)
        return self

    def __exit__(self, *_: object) -> None:
        self._looking.cancel()
        for server in self._servers:
            self._loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_ended(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def listen(self, service: str) -> str:
        """Its address for all callers."""

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._pass_on(self.pools[service], reader, writer)

        opening = asyncio.start_server(accept, _HOST, 0)
        server = asyncio.run_coroutine_threadsafe(opening, self._loop).result()
        self._servers.append(server)
        return f"http://{_HOST}:{server.sockets[0].getsockname()[1]}"

    def is_whole(self, service: str | None = None) -> bool:
        """Whether all processes are ready, of one service or of every one."""
        pools = [pool for name, pool in self.pools.items() if service in (None, name)]
        return all(len(pool.ready) == len(pool.every) for pool in pools)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.gather(*map(_look, list(self.pools.values())))
            await asyncio.sleep(_LOOK_EVERY)

    async def _pass_on(self, pool: Pool, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for port in pool.in_turn():
            try:
                from_process, to_process = await asyncio.open_connection(_HOST, port)
            except OSError:
                self.retried += 1
                continue
            try:
                await asyncio.gather(_copied(reader, to_process), _copied(from_process, writer))
            except asyncio.CancelledError:
                for each in (writer, to_process):
                    each.transport.abort()
                raise
            return
        self.unserved += 1
        writer.transport.abort()


async def _ended() -> None:
    """All that runs on this loop."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _look(pool: Pool) -> None:
    """Who says nothing in time is looked at again; who says no, or refuses, is out at once."""
    said = await asyncio.gather(*map(is_ready, pool.every))
    pool.ready = [
        port
        for port, ready in zip(pool.every, said, strict=True)
        if ready or (ready is None and port in pool.ready)
    ]


async def _copied(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Until the one side has said all; the other is told so."""
    with suppress(OSError):
        while chunk := await source.read(65_536):
            sink.write(chunk)
            await sink.drain()
    with suppress(OSError):
        sink.close()
        await sink.wait_closed()


async def is_ready(port: int) -> bool | None:
    """What the process itself says; None when it says nothing in time."""
    try:
        async with asyncio.timeout(_ANSWER_WITHIN):
            reader, writer = await asyncio.open_connection(_HOST, port)
            with closing(writer):
                writer.write(_READY)
                return b" 200 " in await reader.readline()
    except TimeoutError:
        return None
    except OSError:
        return False


async def unready_after(port: int, within: float) -> float:
    """Seconds until the process has said that it is not ready, or refuses to say it; infinite when it does not."""
    began = time.monotonic()
    while time.monotonic() - began < within:
        if await is_ready(port) is False:
            return time.monotonic() - began
        await asyncio.sleep(0.02)
    return float("inf")
