"""What watches the system: traces reach the collector, every process is scraped, every rule is loaded."""

import json
import sys
from typing import Any

from tests.containers.compose import SERVICES, until
from tests.containers.engine import run
from tests.containers.scene import Scene

from koppel_local.failure import SetupFailed

_FETCH = "import httpx, sys; print(httpx.get(sys.argv[1], trust_env=False).raise_for_status().text)"


def observe(scene: Scene) -> None:
    """As docs/operating.md says. What it started is ended: it is no part of what comes after."""
    scene.compose.set_variables(KOPPEL_OTLP_ENDPOINT="http://otel-collector:4318")
    scene.compose.documented("Watch with Prometheus and Grafana")
    scene.administrations()
    until(lambda: _scraped(scene) == sorted(SERVICES), within=60, what="The scraping of all four services")
    until(
        lambda: "resource spans" in _log(scene, "otel-collector"), within=60, what="A trace in the collector"
    )
    rules = [rule for group in _prometheus(scene, "rules")["groups"] for rule in group["rules"]]
    if unwell := [
        rule["name"] for rule in rules if rule["health"] != "ok" and rule["lastEvaluation"][0] != "0"
    ]:
        raise SetupFailed(
            "rules_unwell", f"Prometheus cannot evaluate {unwell}.", hint="deploy/prometheus/rules.yml"
        )
    board = _log(scene, "grafana")
    if "Koppel" not in board:
        raise SetupFailed("no_dashboard", "Grafana did not take the dashboard.", hint=board[-500:])
    scene.detail(f"4 processes scraped, {len(rules)} rules loaded, traces collected")
    scene.compose.run("stop", "otel-collector", "prometheus", "grafana")


def _scraped(scene: Scene) -> list[str]:
    targets = _prometheus(scene, "targets?state=active")["activeTargets"]
    return sorted(target["labels"]["job"] for target in targets if target["health"] == "up")


def _prometheus(scene: Scene, path: str) -> dict[str, Any]:
    url = f"{scene.url('prometheus')}/api/v1/{path}"
    answer: dict[str, Any] = json.loads(
        run(scene.engine.beside(sys.executable, "-c", _FETCH, url), said=f"Asking Prometheus for {path}")
    )
    return answer["data"]


def _log(scene: Scene, service: str) -> str:
    return scene.compose.run("logs", "--no-color", service)
