"""One service as its composition root builds it, with a database and without Kafka, to be called in this process.

For a process of its own: telemetry is set up, the environment is written, and time runs faster for what waits.
"""

import asyncio
import base64
import os
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from koppel.platform.consumer.kafka.groups import ConsumerGroups, PartitionStanding
from koppel.platform.identity import Operation
from koppel.platform.replay import ReplayTopics
from koppel.platform.service import Service
from koppel.testing.tokens import TokenIssuer

SERVICE_CALLER = "fuzzer-svc"
"""A service that is let do all that a service can be let do."""
_HURRY = 200
_OURS = ("koppel.", "connection_svc.", "import_svc.", "assignment_svc.", "sync_svc.")


class Served:
    """The service as an ASGI application. Its lifespan opens and closes what the composition root made."""

    def __init__(self, service: str, dsn: str, issuer: TokenIssuer, folder: Path) -> None:
        os.environ |= _environment(service, dsn, issuer, folder)
        self._root = import_module(f"{service.replace('-', '_')}.main")
        self._over = asyncio.Event()
        self._app: FastAPI | None = None
        self._ready = asyncio.Event()
        _hurry()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        assert self._app is not None
        await self._app(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        running = asyncio.create_task(self._run())
        await self._ready.wait()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._over.set()
        await running
        await send({"type": "lifespan.shutdown.complete"})

    async def _run(self) -> None:
        build = Service.http

        def http(service: Service, *given: Any, **named: Any) -> FastAPI:
            self._app = build(service, *given, **named)
            return self._app

        async def run(service: Service) -> int:
            await service.database.open()
            self._ready.set()
            await self._over.wait()
            await service.database.close()
            return 0

        for replacement in (http, run):
            setattr(Service, replacement.__name__, replacement)
        setattr(ReplayTopics, "exists", _no_topic)  # noqa: B010
        setattr(ConsumerGroups, "standings", _one_standing)  # noqa: B010
        await self._root.run()


async def _no_topic(_: ReplayTopics, consumer: str) -> bool:
    return False


async def _one_standing(_: ConsumerGroups, own: Mapping[str, object], *__: object) -> list[PartitionStanding]:
    return [
        PartitionStanding(
            consumer=next(iter(own), "billing"),
            topic="koppel.connection.v1",
            partition=0,
            position=None,
            end=0,
            events_behind=0,
            seconds_behind=None,
            state="stopped",
            member=None,
            host=None,
        )
    ]


def _environment(service: str, dsn: str, issuer: TokenIssuer, folder: Path) -> dict[str, str]:
    prefix, key = service.upper().replace("-", "_"), folder / "key"
    key.write_bytes(base64.b64encode(bytes(range(32))))
    key.chmod(0o600)
    names = ",".join(f'"{operation}"' for operation in Operation)
    return {
        "KOPPEL_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "KOPPEL_JWT_ISSUER": issuer.issuer,
        "KOPPEL_JWKS_FILE": str(issuer.write_jwks(folder / "jwks.json")),
        "KOPPEL_SERVICE_ACCESS": f'{{"{SERVICE_CALLER}": [{names}]}}',
        "KOPPEL_LOG_LEVEL": "ERROR",
        f"{prefix}_DATABASE_URL": dsn,
        f"{prefix}_PUBLIC_URL": "http://127.0.0.1:1",
        f"{prefix}_CONNECTION_SVC_URL": "http://127.0.0.1:1",
        f"{prefix}_SERVICE_TOKEN_FILE": str(key),
        f"{prefix}_KEY_FILE": str(key),
        f"{prefix}_RETURN_URL_ALLOWLIST": "loopback",
        "KOPPEL_PROVIDERS_EACCOUNTING_CLIENT_ID": "koppel",
        "KOPPEL_PROVIDERS_EACCOUNTING_CLIENT_SECRET": "only-for-tests",
    }


class _Hurried:
    """`time`, with a clock by which two seconds of waiting for what another service made pass in ten milliseconds."""

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    @staticmethod
    def monotonic() -> float:
        return time.monotonic() * _HURRY


def _hurry() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith(_OURS) and getattr(module, "time", None) is time:
            vars(module)["time"] = _Hurried()
