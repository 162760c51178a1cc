"""One process that refreshes one grant, and is killed or loses its database at the n-th await on the way."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import httpx
from tests.chaos.rig.proxy import Proxy, is_commit, proxied

from connection_svc.adapters.postgres.data_keys import PostgresDataKeys
from connection_svc.adapters.postgres.rotations import PostgresRotations
from connection_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from connection_svc.adapters.refresh_leases import REFRESH_LEASE
from connection_svc.application.in_flight import InFlight
from connection_svc.domain.rotation import Attempt
from connection_svc.main import build_context
from connection_svc.settings import ConnectionSettings
from koppel.kernel.clock import SystemClock
from koppel.kernel.errors import KoppelError
from koppel.platform.database import UNAVAILABLE, Database
from koppel.platform.key_encryption import KeyFile
from koppel.platform.leases import Leases
from koppel.platform.vault import Vault
from koppel.providers.catalogue import PROFILES
from koppel.providers.configuration import ConfiguredProvider, configured_providers
from koppel.providers.http import provider_http

_CALLS: tuple[tuple[type, str], ...] = (
    (asyncpg.Connection, "execute"),
    (asyncpg.Connection, "fetch"),
    (asyncpg.Connection, "fetchrow"),
    (asyncpg.Connection, "fetchval"),
    (httpx.AsyncClient, "send"),
)
_AWAY_SECONDS = 0.25
_GONE = asyncio.Event()
"""The database went away."""
SENT, ANSWERED = "send POST before", "send POST after"
"""The points around the provider's token call."""


def main(config: Mapping[str, Any]) -> int:
    """Refresh once and stop as a service does; the exit code says nothing of the outcome."""
    logging.disable(logging.CRITICAL)
    with ExitStack() as stack:
        if mistake := config.get("mistake"):
            stack.enter_context(MISTAKES[mistake]())
        asyncio.run(_refresh(config))
    return 0


def settings(config: Mapping[str, Any]) -> ConnectionSettings:
    """Of a process at this provider and database."""
    return ConnectionSettings(
        database_url=config["dsn"],
        public_url="http://127.0.0.1:8101",
        key_file=config["key_file"],
    )


def providers(config: Mapping[str, Any]) -> dict[str, ConfiguredProvider]:
    """The provider of the test."""
    return configured_providers(PROFILES, config["variables"])


async def _refresh(config: Mapping[str, Any]) -> None:
    server = urlsplit(config["dsn"])
    target = (str(server.hostname), server.port or 5432)
    async with proxied(target, is_commit) as proxy, provider_http() as http:
        netloc = f"{server.username}:{server.password}@127.0.0.1:{proxy.port}"
        dsn = urlunsplit(server._replace(netloc=netloc))
        database = Database(dsn, "connection", max_size=4)
        keys = PostgresDataKeys(Database(dsn, "connection", max_size=2))
        await database.open()
        own = settings(config)
        use_cases = build_context(
            own,
            configured=providers(config),
            database=database,
            vault=Vault(KeyFile(own.key_file), keys),
            leases=Leases(database, f"child {os.getpid()}", ttl=REFRESH_LEASE),
            http=http,
            clock=SystemClock(),
            publish_within=timedelta(0),
        )
        _install(_reached(config, proxy))
        try:
            await use_cases.refresher.refresh(UUID(config["grant"]), 1)
        except (KoppelError, *UNAVAILABLE):
            pass
        await use_cases.in_flight.drain()
        os._exit(0)


def _reached(config: Mapping[str, Any], proxy: Proxy) -> Callable[[str], None]:
    passed = 0

    def away() -> None:
        _GONE.set()
        proxy.refusing = True
        proxy.cut_all()
        asyncio.get_running_loop().call_later(_AWAY_SECONDS, setattr, proxy, "refusing", False)

    def reached(point: str) -> None:
        nonlocal passed
        passed += 1
        if points := config.get("points"):
            with Path(points).open("a", encoding="utf-8") as file:
                file.write(point + "\n")
        if passed == config.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)
        if passed == config.get("away_at"):
            away()

    return reached


def _install(reached: Callable[[str], None]) -> None:
    for owner, call in _CALLS:
        _wrap(owner, call, reached)


def _statement(text: object) -> str:
    return " ".join(str(text).split())[:40]


def _wrap(owner: type, call: str, reached: Callable[[str], None]) -> None:
    real = getattr(owner, call)

    async def wrapped(self: Any, *given: Any, **options: Any) -> Any:
        what = _statement(given[0]) if owner is asyncpg.Connection else f"{call} {given[0].method}"
        reached(f"{what} before")
        answer = await real(self, *given, **options)
        reached(f"{what} after")
        return answer

    setattr(owner, call, wrapped)


@contextmanager
def _gives_up_on_the_database() -> Iterator[None]:
    async def persist(self: Any, work: Any) -> Any:
        async with self.begin(None) as transaction:
            return await work(transaction)

    with patch.object(PostgresUnitOfWork, "persist", persist):
        yield


@contextmanager
def _stops_without_waiting() -> Iterator[None]:
    async def drain(_: Any) -> None:
        """Whatever runs."""

    async def result(_: Any, __: Any) -> None:
        await _GONE.wait()

    with patch.object(InFlight, "drain", drain), patch.object(InFlight, "result", result):
        yield


@contextmanager
def _calls_without_an_intent() -> Iterator[None]:
    async def intend(_: Any, grant: Any, *__: Any) -> Attempt:
        return Attempt(organisation_id=grant.organisation_id, grant_id=grant.id, from_version=1)

    with patch.object(PostgresRotations, "intend", intend):
        yield


MISTAKES = {
    "gives up on the database": _gives_up_on_the_database,
    "stops without waiting": _stops_without_waiting,
    "calls without an intent": _calls_without_an_intent,
}
"""What a refresh may do wrong, so that the sweep can prove that it notices."""
