"""A real Prometheus on loopback: our rules and our intervals, reading the processes of a stack."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml
from tests.chaos.parts import ROOT
from tests.session.promtool import prometheus

from koppel_local.process.detached import DetachedProcess
from koppel_local.process.ports import LOOPBACK, any_free_port

_STARTS_WITHIN = 60.0
_STOPS_WITHIN = 20.0


class Prometheus:
    """One server at `url`."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=10, trust_env=False)

    def firing(self) -> list[Mapping[str, str]]:
        """The labels of every alert that fires now; `alertname` is its name."""
        alerts = self._asked("alerts")["alerts"]
        return [each["labels"] for each in alerts if each["state"] == "firing"]

    def scraped(self) -> set[str]:
        """The jobs that answered the last time that they were read."""
        active = self._asked("targets", state="active")["activeTargets"]
        return {each["labels"]["job"] for each in active if each["health"] == "up"}

    def series(self, query: str, *, since: float) -> int:
        """How many series the query gives between then (seconds since 1970) and now. Raises where it cannot be answered."""
        asked = {"query": query, "start": f"{since:.0f}", "end": f"{time.time():.0f}", "step": "15"}
        return len(self._asked("query_range", **asked)["result"])

    def is_ready(self) -> bool:
        try:
            return self._http.get("/-/ready").is_success
        except httpx.TransportError:
            return False

    def close(self) -> None:
        self._http.close()

    def _asked(self, path: str, **query: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._http.get(f"/api/v1/{path}", params=query).raise_for_status().json()
        data: dict[str, Any] = answer["data"]
        return data


@contextmanager
def running(folder: Path, services: Mapping[str, str], *arguments: str) -> Iterator[Prometheus]:
    """A server that keeps what it has in `folder/data`; `services` are addresses by name. It ends with the run at the latest."""
    configuration = folder / "prometheus.yml"
    configuration.write_text(json.dumps(_configured(services)), "utf-8")
    port = any_free_port()
    process = DetachedProcess(folder, "prometheus")
    process.start(
        [
            prometheus(),
            f"--config.file={configuration}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={LOOPBACK}:{port}",
            *arguments,
        ],
        environment=os.environ,
    )
    server = Prometheus(f"http://{LOOPBACK}:{port}")
    try:
        _await(server, process)
        yield server
    finally:
        server.close()
        process.stop(grace=_STOPS_WITHIN)


def _configured(services: Mapping[str, str]) -> dict[str, Any]:
    """The project's own file for one machine, of these services; only the ports are others."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/local.yml").read_text("utf-8"))
    document["rule_files"] = [str(ROOT / "deploy/prometheus/rules.yml")]
    document["scrape_configs"] = [job for job in document["scrape_configs"] if job["job_name"] in services]
    for job in document["scrape_configs"]:
        job["static_configs"] = [{"targets": [services[job["job_name"]].removeprefix("http://")]}]
    return document


def _await(server: Prometheus, process: DetachedProcess) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while not server.is_ready():
        if process.find() is None or time.monotonic() > deadline:
            raise RuntimeError(f"Prometheus did not start: {process.log}")
        time.sleep(0.1)
