"""What watches the system: traces reach the collector, every process is scraped, every rule is loaded, a dead service fires."""

import json
import sys
import time
from typing import Any

from tests.containers.compose import SERVICES, until
from tests.containers.engine import run
from tests.containers.roles import ROLES
from tests.containers.scene import Scene

from koppel_local.failure import SetupFailed

_FETCH = "import httpx, sys; print(httpx.get(sys.argv[1], trust_env=False).raise_for_status().text)"

_DEAD = "assignment-svc"


def observe(scene: Scene) -> None:
    """As docs/operating.md says, beside two processes for each role. What it started is ended: it is no part of what comes after."""
    scene.compose.set_variables(KOPPEL_OTLP_ENDPOINT="http://otel-collector:4318")
    scene.compose.documented("Watch with Prometheus and Grafana")
    scene.administrations()
    processes = sorted(service for service in SERVICES for _ in range(2 * len(ROLES)))
    until(lambda: _scraped(scene) == processes, within=60, what=f"The scraping of {len(processes)} processes")
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
    scene.detail(f"{len(processes)} processes scraped, {len(rules)} rules loaded, traces collected")
    _a_dead_service_fires(scene)
    scene.compose.run("stop", "otel-collector", "prometheus", "alertmanager", "grafana")


def _a_dead_service_fires(scene: Scene) -> None:
    """No process of it is left, then all are back."""
    names = [f"{_DEAD}{name}" for parts in ROLES.values() for name in parts]
    before = _firing(scene)
    scene.compose.run("stop", *names)
    began = time.monotonic()
    until(lambda: ("ServiceIsGone", _DEAD) in _firing(scene), within=90, what="The alert of a dead service")
    fired = time.monotonic() - began
    until(
        lambda: _told(scene) == {"ServiceIsGone"}, within=90, what="One page for one cause, at Alertmanager"
    )
    told = sorted({alert for alert, _ in _firing(scene) - before})
    scene.compose.run("start", *names)
    for container in scene.compose.containers(*names):
        container.until_healthy()
    began = time.monotonic()
    until(lambda: not _firing(scene) - before, within=120, what="The end of the alerts")
    over = time.monotonic() - began
    scene.detail(
        f"{_DEAD} dead: {', '.join(told)} after {fired:.0f} s, over {over:.0f} s after its return; one of them paged"
    )


def _told(scene: Scene) -> set[str]:
    """What Alertmanager tells of that service; the rest it keeps back."""
    alerts = _asked(scene, f"{scene.url('alertmanager')}/api/v2/alerts?inhibited=false")
    return {each["labels"]["alertname"] for each in alerts if each["labels"].get("job") == _DEAD}


def _firing(scene: Scene) -> set[tuple[str, str]]:
    return {
        (alert["labels"]["alertname"], alert["labels"].get("job", ""))
        for alert in _prometheus(scene, "alerts")["alerts"]
        if alert["state"] == "firing"
    }


def _scraped(scene: Scene) -> list[str]:
    targets = _prometheus(scene, "targets?state=active")["activeTargets"]
    return sorted(target["labels"]["job"] for target in targets if target["health"] == "up")


def _prometheus(scene: Scene, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = _asked(scene, f"{scene.url('prometheus')}/api/v1/{path}")
    return answer["data"]


def _asked(scene: Scene, url: str) -> Any:
    return json.loads(run(scene.engine.beside(sys.executable, "-c", _FETCH, url), said=f"Asking {url}"))


def _log(scene: Scene, service: str) -> str:
    return scene.compose.run("logs", "--no-color", service)
