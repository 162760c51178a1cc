"""A TCP proxy that can cut a connection when the server has done its work and the client has not heard of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Chunk = Callable[[bytes], bool]
_PRODUCE_REQUEST = b"\x00\x00"
_SMALLEST_PRODUCE = 60


def is_commit(sent: bytes) -> bool:
    """A chunk to PostgreSQL in which the client commits."""
    return b"COMMIT;" in sent


def is_produce(sent: bytes) -> bool:
    """A chunk to Kafka that begins with a Produce request (its api key is 0)."""
    return len(sent) > _SMALLEST_PRODUCE and sent[4:6] == _PRODUCE_REQUEST


@dataclass(slots=True)
class Proxy:
    """Made by `proxied`. `lose_answers` counts down; `cuts` counts what was cut so far."""

    port: int
    target: tuple[str, int]
    matches: Chunk
    lose_answers: int = 0
    cuts: int = 0
    refusing: bool = False
    connections: set["asyncio.Task[None]"] = field(default_factory=set)

    def cut_all(self) -> None:
        """Reset every connection now."""
        for task in self.connections:
            task.cancel()


@asynccontextmanager
async def proxied(target: tuple[str, int], matches: Chunk) -> AsyncIterator[Proxy]:
    """Listen on a free port of loopback and pass on to `target`, which may change later."""
    proxy = Proxy(0, target, matches)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        proxy.connections.add(task)
        try:
            await _carry(proxy, reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            proxy.connections.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut_all()
        if proxy.connections:
            await asyncio.wait(proxy.connections)


async def _carry(proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if proxy.refusing:
        return
    try:
        from_server, to_server = await asyncio.open_connection(*proxy.target)
    except OSError:
        return
    cut = asyncio.Event()
    ways = [
        asyncio.create_task(_there(proxy, reader, to_server, cut)),
        asyncio.create_task(_back(proxy, from_server, writer, cut)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        to_server.transport.abort()


async def _there(
    proxy: Proxy, source: asyncio.StreamReader, sink: asyncio.StreamWriter, cut: asyncio.Event
) -> None:
    with suppress(OSError):
        while chunk := await source.read(65536):
            if proxy.lose_answers > 0 and proxy.matches(chunk):
                proxy.lose_answers -= 1
                cut.set()
            sink.write(chunk)
            await sink.drain()


async def _back(
    proxy: Proxy, source: asyncio.StreamReader, sink: asyncio.StreamWriter, cut: asyncio.Event
) -> None:
    """The first answer after a matching request proves that the server has done it: that one is lost."""
    with suppress(OSError):
        while chunk := await source.read(65536):
            if cut.is_set():
                proxy.cuts += 1
                return
            sink.write(chunk)
            await sink.drain()
