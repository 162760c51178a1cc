"""sync-svc as a process of its own, and connection-svc's access tokens as a real server beside it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse

from koppel.testing.eventually import eventually

from .provider import AccessTokens


class ServiceProcess:
    """Starts, kills and starts again; the output goes to `log`."""

    def __init__(self, environment: Mapping[str, str], log: Path) -> None:
        self._environment = dict(environment)
        self._log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "sync_svc.main",
                "run",
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
async def served(access_tokens: AccessTokens) -> AsyncIterator[str]:
    """It on a loopback port."""

    async def app(scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        request = Request(scope, receive)
        grant_id = UUID(request.url.path.split("/")[4])
        status, body = await asyncio.to_thread(access_tokens.answer, grant_id, await request.body())
        await JSONResponse(body, status)(scope, receive, send)

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
