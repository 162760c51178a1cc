"""Kafka Connect with the peer's connector: one process, its log and its REST interface."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from tests.bench.peers.lock import locked
from tests.bench.peers.settings import CONNECTOR, JVM, MAIN_CLASS, connector_settings, worker_properties

from koppel_local.assets import asset
from koppel_local.failure import SetupFailed, log_tail, part_failed
from koppel_local.kafka.class_path import class_path
from koppel_local.kafka.java import find_java
from koppel_local.process.detached import DetachedProcess, inherited_environment
from koppel_local.process.ports import LOOPBACK, any_free_port
from koppel_local.progress import DownloadProgress

_WITHIN = 120.0
_EVERY = 0.1


class ConnectServer:
    """Kafka Connect standalone under `folder`: its files in `connect/`, its log in `logs/connect.log`.

    The connector is stopped and resumed inside the same Java, which stays warm. Everything raises `SetupFailed`.
    """

    def __init__(self, folder: Path, kafka: str, progress: DownloadProgress) -> None:
        self._folder = folder / "connect"
        self._kafka = kafka
        self._progress = progress
        self._process = DetachedProcess(folder, "connect")
        self._address = f"http://{LOOPBACK}:{any_free_port()}"
        self._http = httpx.AsyncClient(base_url=self._address, timeout=30.0, trust_env=False)

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    async def start(self, dsn: str) -> None:
        """Start the process and the connector that reads the outbox of this database."""
        jars = class_path(locked(), "Debezium's and Kafka Connect's jars", self._progress)
        self._folder.mkdir(parents=True)
        worker = self._folder / "worker.properties"
        offsets = str(self._folder / "offsets")
        worker.write_text(worker_properties(self._kafka, self._address, offsets), encoding="utf-8")
        logging = f"-Dlog4j2.configurationFile={asset('log4j2.yaml')}"
        self._process.start(
            [str(find_java()), *JVM, "-cp", jars, logging, MAIN_CLASS, str(worker)],
            environment=inherited_environment(),
            cwd=self._folder,
        )
        await self._until(self._answers, "did not answer")
        await self._call("PUT", f"/connectors/{CONNECTOR}/config", connector_settings(dsn))
        await self._until(self._runs, "did not start its connector")

    async def pause(self) -> None:
        """End the connector's work and its connections; what is written from now on waits in its slot."""
        await self._call("PUT", f"/connectors/{CONNECTOR}/stop")
        await self._until(self._rests, "did not stop its connector")

    async def resume(self) -> None:
        await self._call("PUT", f"/connectors/{CONNECTOR}/resume")
        await self._until(self._runs, "did not resume its connector")

    async def stop(self) -> None:
        await self._http.aclose()
        self._process.stop(grace=15.0)

    def log_tail(self) -> str:
        return log_tail(self._process.log)

    async def _answers(self) -> bool:
        try:
            return (await self._http.get("/")).is_success
        except httpx.TransportError:
            return False

    async def _runs(self) -> bool:
        status = await self._status()
        tasks = status.get("tasks", [])
        for part in (status.get("connector", {}), *tasks):
            if part.get("state") == "FAILED":
                reason, _, _ = part.get("trace", "").partition("\n")
                raise self.failed(f"failed: {reason}")
        return bool(tasks) and all(task["state"] == "RUNNING" for task in tasks)

    async def _rests(self) -> bool:
        status = await self._status()
        return status.get("connector", {}).get("state") == "STOPPED" and not status.get("tasks")

    async def _status(self) -> dict[str, Any]:
        answer = await self._http.get(f"/connectors/{CONNECTOR}/status")
        content: dict[str, Any] = answer.json() if answer.is_success else {}
        return content

    async def _call(self, method: str, path: str, body: Any = None) -> None:
        answer = await self._http.request(method, path, json=body)
        if answer.is_error:
            raise self.failed(f"answered {answer.status_code} to {method} {path}: {answer.text[:300]}")

    async def _until(self, condition: Callable[[], Awaitable[bool]], otherwise: str) -> None:
        try:
            async with asyncio.timeout(_WITHIN):
                while not await condition():
                    if self._process.find() is None:
                        raise self.failed("ended")
                    await asyncio.sleep(_EVERY)
        except TimeoutError:
            raise self.failed(f"{otherwise} within {_WITHIN:.0f} s") from None

    def failed(self, what: str) -> SetupFailed:
        """An error that carries the end of its log."""
        return part_failed("Kafka Connect", self._process.log, what)
