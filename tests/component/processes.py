"""A service as a process of its own, and what it asks as a server beside it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from starlette.requests import Request
from starlette.responses import Response

from koppel.testing.eventually import eventually


class ServiceProcess:
    """Starts, kills and starts again; the output goes to `log`."""

    def __init__(self, module: str, environment: Mapping[str, str], log: Path) -> None:
        self._module = module
        self._environment = dict(environment)
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", self._module, "run"),
                env=os.environ | self._environment,
                stdout=output,
                stderr=output,
            )

    async def end(self, how: signal.Signals) -> int:
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(how)
        return await self._process.wait()


@asynccontextmanager
async def served(answer: Callable[[Request], Awaitable[Response]]) -> AsyncIterator[str]:
    """A server on a loopback port; gives its URL."""

    async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        await (await answer(Request(scope, receive)))(scope, receive, send)

    # Without a log_config: uvicorn's own would take its loggers' lines from every later test of this process.
    config = uvicorn.Config(app, port=0, lifespan="off", log_level="error", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def serves() -> bool:
        return server.started

    await eventually(serves)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving
