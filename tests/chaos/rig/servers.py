"""The rig's own PostgreSQL and Kafka behind proxies that live in a thread: servers that may be killed."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from tests.chaos.rig.proxy import Proxy, is_commit, is_produce, proxied

from koppel_local.kafka.server import KafkaServer
from koppel_local.postgres.server import PostgresServer
from koppel_local.process.ports import LOOPBACK


class _AdvertisedElsewhere(KafkaServer):
    """A broker that tells its clients to come by the proxy."""

    advertised = 0

    def _write_properties(self, port: int) -> None:
        super()._write_properties(port)
        text = self._properties.read_text()
        own, proxy = (
            f"advertised.listeners=CLIENT://{LOOPBACK}:{port}",
            f"CLIENT://{LOOPBACK}:{self.advertised}",
        )
        assert own in text
        self._properties.write_text(text.replace(own, f"advertised.listeners={proxy}"))


class Place(Protocol):
    """Where the processes of a run find their servers."""

    @property
    def bootstrap(self) -> str: ...

    @property
    def postgres_dsn(self) -> str:
        """The administrator's, past every proxy."""
        ...

    def by_proxy(self, dsn: str) -> str:
        """The way that the processes go to a database."""
        ...


@dataclass(frozen=True, slots=True)
class Unharmed:
    """Servers that other tests use too: who only kills processes needs none of its own."""

    bootstrap: str
    postgres_dsn: str

    def by_proxy(self, dsn: str) -> str:
        """There is none."""
        return dsn


@dataclass(slots=True)
class Servers:
    """Both servers, each with its proxy. `kill` and `restart` block: call them apart from the loop."""

    postgres: PostgresServer
    kafka: KafkaServer
    to_postgres: Proxy
    to_kafka: Proxy
    loop: asyncio.AbstractEventLoop

    @property
    def bootstrap(self) -> str:
        """Kafka, by the proxy."""
        return f"{LOOPBACK}:{self.to_kafka.port}"

    @property
    def postgres_dsn(self) -> str:
        return self.postgres.dsn

    def by_proxy(self, dsn: str) -> str:
        """A connection string with the proxy's port."""
        parts = urlsplit(dsn)
        credentials = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{credentials}@{LOOPBACK}:{self.to_postgres.port}"))

    def kill_kafka(self) -> None:
        """kill -9 and start again."""
        if pid := self.kafka.pid:
            os.kill(pid, signal.SIGKILL)
        self.kafka.stop(grace=5)
        self.kafka.start()

    def kill_postgres(self) -> None:
        """As `pg_ctl -m immediate`: no goodbye, recovery at the next start."""
        if pid := self.postgres.pid:
            os.kill(pid, signal.SIGQUIT)
        self.postgres.stop(grace=5)
        self.postgres.start()

    def cut_all(self) -> None:
        for proxy in (self.to_postgres, self.to_kafka):
            self.loop.call_soon_threadsafe(proxy.cut_all)


@contextmanager
def chaos_servers(folder: Path) -> Iterator[Servers]:
    """Start everything in its own folder; always stopped."""
    with _proxies() as (loop, to_postgres, to_kafka):
        postgres, kafka = PostgresServer(folder), _AdvertisedElsewhere(folder)
        kafka.advertised = to_kafka.port
        try:
            kafka.launch()
            to_kafka.target = _place(kafka.bootstrap_servers)
            postgres.start()
            to_postgres.target = (LOOPBACK, postgres.port)
            kafka.await_ready()
            yield Servers(postgres, kafka, to_postgres, to_kafka, loop)
        finally:
            kafka.stop(grace=3)
            postgres.stop(grace=3)


def _place(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host, int(port)


@contextmanager
def _proxies() -> Iterator[tuple[asyncio.AbstractEventLoop, Proxy, Proxy]]:
    loop, ready, made = asyncio.new_event_loop(), threading.Event(), list[Proxy]()
    stop = asyncio.Event()

    async def live() -> None:
        nowhere = (LOOPBACK, 9)
        async with proxied(nowhere, is_commit) as to_postgres, proxied(nowhere, is_produce) as to_kafka:
            made.extend([to_postgres, to_kafka])
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(live()), name="proxies", daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield loop, made[0], made[1]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
