"""A real Apache Kafka broker of our own: KRaft, one node, on loopback."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from koppel_local.assets import asset
from koppel_local.failure import SetupFailed, disk_failed, part_failed
from koppel_local.kafka.aot_cache import aot_options
from koppel_local.kafka.class_path import class_path
from koppel_local.kafka.jars import read_lock
from koppel_local.kafka.java import find_java
from koppel_local.kafka.readiness import await_broker
from koppel_local.process.detached import DetachedProcess, inherited_environment
from koppel_local.process.ports import LOOPBACK, Ports, port_is_free
from koppel_local.progress import DownloadProgress, no_progress
from koppel_local.threads import run_in_thread

READY_WITHIN = 180.0
"""Seconds; recovery of a large log after a crash is the slow case."""
_JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
)
"""The second compiler stays off. Measured: with it a start takes 7.1-8.2 s of processor time instead of 4.8,
and the first 200,000 events 2.4-2.7 s per 60,000 instead of 0.9-1.2; a local stack lives no longer."""
_CLUSTER_ID = "a29wcGVsLWxvY2FsLWthZg"
"""A base64 UUID, as the storage format wants; one node has no other cluster to be told apart from."""


class KafkaServer:
    """Apache Kafka under `state_dir`: data in `kafka/`, log in `logs/kafka.log`.

    It survives the process that starts it and is found again by any other one with the same folder.
    `start` and `stop` may be called again at any time; they raise `SetupFailed`.
    """

    def __init__(
        self,
        state_dir: Path,
        port: int | None = None,
        *,
        say: Callable[[str], None] = lambda _: None,
        progress: DownloadProgress = no_progress,
        jvm: Sequence[str] | None = None,
    ) -> None:
        """`jvm`: options of the broker's Java instead of the cache of its classes."""
        self._jvm = jvm
        self._folder = state_dir.resolve() / "kafka"
        self._data = self._folder / "data"
        self._properties = self._folder / "server.properties"
        self._wanted_port = port
        self._ports = Ports(state_dir / "ports", say)
        self._progress = progress
        self._process = DetachedProcess(state_dir, "kafka")
        self._launched = False

    @property
    def pid(self) -> int | None:
        """Process id of the broker while it runs."""
        return self._process.pid

    @property
    def log(self) -> Path:
        """The broker's own log."""
        return self._process.log

    @property
    def bootstrap_servers(self) -> str:
        port = self._wanted_port or self._ports.remembered("kafka")
        if port is None:
            raise SetupFailed("not_started", "Kafka was never started here.", hint="Run `make up`.")
        return f"{LOOPBACK}:{port}"

    def start(self) -> None:
        """Start the broker unless it runs, and return once clients can produce and join groups."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Start the broker unless it runs, without waiting for it."""
        self._launched = self._process.find() is None
        if not self._launched:
            return
        try:
            self._start_process()
        except OSError as error:
            raise disk_failed(error) from error

    def await_ready(self) -> None:
        """Return once clients can produce and join groups; a broker that was just dying is started anew."""
        if not self._launched and not self._becomes_ready() and self._process.find() is None:
            self.launch()
        if not self._becomes_ready():
            ended = self._process.find() is None
            what = (
                "ended while it was starting" if ended else f"was not ready within {READY_WITHIN:.0f} seconds"
            )
            raise part_failed("Kafka", self._process.log, what)

    def stop(self, *, grace: float = 30.0) -> None:
        """Flush, say goodbye, end; by force after `grace` seconds."""
        self._process.stop(grace=grace)
        (self._data / ".lock").unlink(missing_ok=True)

    def _becomes_ready(self) -> bool:
        return run_in_thread(
            await_broker(
                self.bootstrap_servers, within=READY_WITHIN, alive=lambda: self._process.find() is not None
            )
        )

    def _start_process(self) -> None:
        java = java_command(self._progress)
        self._process.stop(grace=5.0)
        self._write_properties(self._choose_port())
        if not (self._data / "meta.properties").exists():
            self._format(java)
        self._process.start(
            [
                *java,
                *(aot_options() if self._jvm is None else self._jvm),
                _log_configuration(),
                "kafka.Kafka",
                str(self._properties),
            ],
            environment=inherited_environment(),
            cwd=self._folder,
        )

    def _choose_port(self) -> int:
        if self._wanted_port is None:
            return self._ports.choose("kafka")
        if not port_is_free(self._wanted_port):
            detail = f"Kafka cannot listen: port {self._wanted_port} is taken."
            raise SetupFailed("port_taken", detail, hint="Leave the port out and a free one is chosen.")
        return self._wanted_port

    def _write_properties(self, port: int) -> None:
        controller = self._ports.choose("kafka-controller")
        self._folder.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(
            asset("server.properties").read_text()
            + f"listeners=CLIENT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller}\n"
            + f"advertised.listeners=CLIENT://{LOOPBACK}:{port}\n"
            + f"controller.quorum.voters=1@{LOOPBACK}:{controller}\n"
            + f"log.dirs={self._data}\n"
        )

    def _format(self, java: list[str]) -> None:
        shutil.rmtree(self._data, ignore_errors=True)
        self._process.log.parent.mkdir(parents=True, exist_ok=True)
        with self._process.log.open("ab") as output:
            result = subprocess.run(
                [*java, *aot_options(), _log_configuration(), *self._storage_tool()], cwd=self._folder, env=inherited_environment(),
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
        if result.returncode != 0:
            raise part_failed("Kafka", self._process.log, "could not format its data folder")

    def _storage_tool(self) -> list[str]:
        return ["kafka.tools.StorageTool", "format", "-t", _CLUSTER_ID, "-c", str(self._properties)]


def java_command(progress: DownloadProgress = no_progress) -> list[str]:
    """Java with the broker's class path. Raises `SetupFailed` for what cannot be had."""
    jars = class_path(read_lock(), "Kafka's jars", progress)
    return [str(find_java()), *_JVM, "-cp", jars]


def _log_configuration() -> str:
    return f"-Dlog4j2.configurationFile={asset('log4j2.yaml')}"
