"""The HTTP server as a part."""

import asyncio
import errno
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from koppel.kernel.errors import Permanent

_KEEP_ALIVE_SECONDS = 65  # longer than the idle time of the usual clients, so they close first
_RETIRE_SECONDS = 1.0
"""So long a kept connection may still bring a request once nothing is accepted any more."""
_LOOK_EVERY = 0.01


class HttpPart:
    """Serves `app` with uvicorn; port 0 takes a free one, `port` says which after `start`.

    Once `stopping` is set, each answer ends its connection: callers that keep theirs are elsewhere before the drain.
    """

    name = "http"

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        port: int,
        *,
        stopping: asyncio.Event | None = None,
        drain_seconds: int = 10,
    ) -> None:
        self._host = host
        self.port = port
        self._stopping = stopping or asyncio.Event()
        self._listener: socket.socket | None = None
        self._server = _Server(
            uvicorn.Config(
                _LastAnswers(app, self._stopping),
                log_config=None,
                access_log=False,
                server_header=False,
                ws="none",
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=drain_seconds,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when requests are served. Raises `Permanent` (`port_in_use`, `http_not_started`)."""
        bound = _bind(self._host, self.port)
        self.port = bound.getsockname()[1]
        self._listener = bound
        self._task = asyncio.create_task(self._server.serve(sockets=[bound]), name="http")
        while not self._server.started:
            if self._task.done():
                bound.close()
                raise Permanent("http_not_started", "The HTTP server ended while it started.") from _cause(
                    self._task
                )
            await asyncio.sleep(0.01)

    async def drain(self) -> None:
        """Close the listener, answer what open connections still bring, finish running requests."""
        self._stopping.set()
        if self._task is not None and not self._task.done():
            await self._retire_connections()
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _retire_connections(self) -> None:
        """A connection that is closed while its next request is on the way loses that: so each may bring one more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_RETIRE_SECONDS):
                await self._take_in_what_waits()
                self._stop_listening()
                while self._server.server_state.connections:  # noqa: ASYNC110  (uvicorn tells nobody)
                    await asyncio.sleep(_LOOK_EVERY)

    async def _take_in_what_waits(self) -> None:
        """The system has accepted it for us: closing the listener would reset it."""
        waiting = select.poll()
        if self._listener is not None and self._listener.fileno() >= 0:
            waiting.register(self._listener, select.POLLIN)
        while waiting.poll(0):  # noqa: ASYNC110  (the loop's next turn is waited for)
            await asyncio.sleep(0)
        await asyncio.sleep(0)  # a connection that was just taken in is made in the loop's next turn

    def _stop_listening(self) -> None:
        for server in getattr(self._server, "servers", ()):
            server.close()
        if self._listener is not None:
            self._listener.close()

    async def stop(self) -> None:
        await self.drain()

    async def wait(self) -> None:
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._task)


class _LastAnswers:
    """Adds to each answer that it is the connection's last, once the process stops."""

    def __init__(self, app: ASGIApp, stopping: asyncio.Event) -> None:
        self._app = app
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and self._stopping.is_set():
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, receive, answer)


class _Server(uvicorn.Server):
    """Uvicorn, but signals and the end of the process belong to the runner."""

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().serve(sockets)
        except SystemExit as error:
            raise RuntimeError("the application's lifespan failed") from error

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _bind(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        bound.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise Permanent(
                "port_in_use", f"Cannot listen on {host}:{port} ({error.strerror}); choose another port."
            ) from None
        raise
    bound.setblocking(False)
    return bound


def _cause(task: "asyncio.Task[None]") -> BaseException | None:
    return None if task.cancelled() else task.exception()
