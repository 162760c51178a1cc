"""A process that is told to stop loses no call: it is not ready at once, and answers all that reached it."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from unittest.mock import patch

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.stage import Stage, expect

from koppel.platform.health import Health
from koppel.platform.runner import HttpPart, run_service
from koppel.testing.eventually import eventually

_CALL = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
_MANY = 20
_QUICK = 5.0
"""Seconds in which an answer of this process comes on any machine."""
_NOTICED = 0.3
"""Seconds after which the server has looked whether it shall end, which it does each tenth of one."""


@scenario(criterion=33)
async def kept_connection_may_bring_one_more_call(stage: Stage) -> None:
    """Its caller cannot know that the process was told to stop when it sends."""
    del stage
    async with _serving(asyncio.Event()) as part:
        reader, writer = await asyncio.open_connection("127.0.0.1", part.port)
        await _answer(reader, writer)
        draining = asyncio.create_task(part.drain())
        await asyncio.wait({draining}, timeout=_NOTICED)
        answer = await _answer(reader, writer)
        expect("dropped", answer.startswith(b"HTTP/1.1 200"), f"answered with {answer[:40]!r}")
        writer.close()
        await draining


@scenario(criterion=33)
async def call_that_waits_to_be_accepted_is_answered(stage: Stage) -> None:
    """Closing a listener resets the connections that the system has accepted for it."""
    del stage
    async with _serving(asyncio.Event()) as part:
        callers = [socket.create_connection(("127.0.0.1", part.port)) for _ in range(_MANY)]
        for caller in callers:
            caller.sendall(_CALL)
            caller.setblocking(False)
        draining = asyncio.create_task(part.drain())
        answers = await asyncio.gather(*map(_received, callers))
        for caller in callers:
            caller.close()
        await draining
    lost = [each for each in answers if not each.startswith(b"HTTP/1.1 200")]
    expect("dropped", not lost, f"{len(lost)} of {_MANY} calls got no answer")


@scenario(criterion=33)
async def answers_of_a_process_that_stops_end_their_connections(stage: Stage) -> None:
    """So that callers who keep theirs are elsewhere before the drain."""
    del stage
    health = Health()
    async with _serving(health.stopping) as part:
        reader, writer = await asyncio.open_connection("127.0.0.1", part.port)
        before = await _answer(reader, writer)
        health.stopping.set()
        after = await _answer(reader, writer)
        writer.close()
    told = [b"connection: close" in each.lower() for each in (before, after)]
    expect("kept", told == [False, True], f"before and after the signal: {told}")


@scenario(criterion=33)
async def process_that_stops_is_not_ready(stage: Stage) -> None:
    del stage
    health = Health()
    health.started()
    expect("not ready before", (await health.readiness()).ok, "it did not get ready")
    health.stopping.set()
    expect("still ready", not (await health.readiness()).ok, "it says it can serve")


@scenario(criterion=33)
async def signal_itself_makes_a_process_unready(stage: Stage) -> None:
    """A look at a server that is slow is under way, and takes its time to let go."""
    del stage
    health, let_go = Health(), asyncio.Event()

    async def look() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await let_go.wait()

    health.check("slow server", look)
    async with _told_by_hand(health, let_go) as tell:
        expect("not ready before", health.is_ready, "it did not get ready")
        tell()
        expect("still ready", not health.is_ready, "it says it can serve until the look is over")


@asynccontextmanager
async def _told_by_hand(health: Health, over: asyncio.Event) -> AsyncIterator[Callable[[], None]]:
    """A process of no parts; calling what is yielded is its SIGTERM. `over` is set at the end."""
    handlers = dict[signal.Signals, Callable[[], None]]()
    loop = asyncio.get_running_loop()
    with (
        patch.object(loop, "add_signal_handler", handlers.__setitem__),
        patch.object(loop, "remove_signal_handler", handlers.pop),
    ):
        process = asyncio.create_task(run_service(name="test", parts=[], health=health))
        try:
            await eventually(lambda: _is_ready(health), within=_QUICK)
            yield handlers[signal.SIGTERM]
        finally:
            over.set()
            health.stopping.set()
            handlers[signal.SIGTERM]()
            await process


async def _is_ready(health: Health) -> bool:
    return health.is_ready


@asynccontextmanager
async def _serving(stopping: asyncio.Event) -> AsyncIterator[HttpPart]:
    async def answer(_: Request) -> PlainTextResponse:
        return PlainTextResponse("done")

    part = HttpPart(Starlette(routes=[Route("/", answer)]), "127.0.0.1", 0, stopping=stopping)
    await part.start()
    try:
        yield part
    finally:
        await part.stop()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Status and headers; nothing where the connection is gone."""
    try:
        writer.write(_CALL)
        await writer.drain()
        async with asyncio.timeout(_QUICK):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(len(b"done"))
    except (OSError, asyncio.IncompleteReadError, TimeoutError):
        return b""
    return head


async def _received(caller: socket.socket) -> bytes:
    try:
        async with asyncio.timeout(_QUICK):
            return await asyncio.get_running_loop().sock_recv(caller, 1024)
    except (OSError, TimeoutError):
        return b""
