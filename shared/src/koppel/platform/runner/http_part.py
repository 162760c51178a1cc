"""The HTTP server as a part."""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from koppel.kernel.errors import Permanent

_KEEP_ALIVE_SECONDS = 65  # longer than the idle time of the usual clients, so they close first


class HttpPart:
    """Serves `app` with uvicorn; port 0 takes a free one, `port` says which after `start`."""

    name = "http"

    def __init__(self, app: ASGIApp, host: str, port: int, *, drain_seconds: int = 10) -> None:
        self._host = host
        self.port = port
        self._server = _Server(
            uvicorn.Config(
                app,
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
        self._task = asyncio.create_task(self._server.serve(sockets=[bound]), name="http")
        while not self._server.started:
            if self._task.done():
                bound.close()
                raise Permanent("http_not_started", "The HTTP server ended while it started.") from _cause(
                    self._task
                )
            await asyncio.sleep(0.01)

    async def drain(self) -> None:
        """Close the listener and idle connections, finish running requests."""
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.wait({self._task})

    async def stop(self) -> None:
        await self.drain()

    async def wait(self) -> None:
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._task)


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
