"""Dashboards and alerts ask for metrics that exist, with labels that they carry."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from tests.session.promtool import promtool

from koppel.platform.telemetry.export import Signal
from koppel.platform.telemetry.metric_names import METRICS
from koppel_local.stack.layout import CONSOLE_PORT
from koppel_local.stack.layout import SERVICES as PARTS

SUFFIX = re.compile(r"_(bucket|count|sum)$")
FROM_PROMETHEUS = {"job", "instance", "le", "alertname"}
SERVICES = {"connection-svc", "import-svc", "assignment-svc", "sync-svc"}


def _expressions(root: Path) -> Iterator[str]:
    for group in yaml.safe_load((root / "deploy/prometheus/rules.yml").read_text("utf-8"))["groups"]:
        yield from (rule["expr"] for rule in group["rules"])
    for board in _boards(root).values():
        yield from (target["expr"] for panel in board["panels"] for target in panel["targets"])


def _boards(root: Path) -> dict[str, Any]:
    return {
        path.stem: json.loads(path.read_text("utf-8"))
        for path in sorted((root / "deploy/grafana/dashboards").glob("*.json"))
    }


def test_every_metric_exists_in_the_form_it_is_asked_for(root: Path) -> None:
    for expression in _expressions(root):
        for name in re.findall(r"\bkoppel_\w+", expression):
            plain = SUFFIX.sub("", name)
            kind = next((metric.kind for known, metric in METRICS.items() if known in {name, plain}), None)
            assert kind, expression
            assert (kind == "histogram") == (name != plain), expression


def test_every_metric_is_measured_somewhere(root: Path) -> None:
    sources = "\n".join(
        path.read_text("utf-8")
        for folder in ("shared/src", "services")
        for path in (root / folder).rglob("*.py")
        if path.name != "metric_names.py"
    )
    asked = {
        SUFFIX.sub("", name) for line in _expressions(root) for name in re.findall(r"\bkoppel_\w+", line)
    }
    assert not {name for name in asked if f'"{name}"' not in sources}


def test_what_a_dashboard_asks_of_a_service_is_measured_by_it(root: Path) -> None:
    for name in SERVICES:
        sources = "\n".join(
            path.read_text("utf-8")
            for folder in ("shared/src", f"services/{name}")
            for path in (root / folder).rglob("*.py")
            if path.name != "metric_names.py"
        )
        asked = {
            SUFFIX.sub("", metric)
            for panel in _boards(root)[name]["panels"]
            for target in panel["targets"]
            for metric in re.findall(r"\bkoppel_\w+", target["expr"])
        }
        assert not {metric for metric in asked if f'"{metric}"' not in sources}, name


def test_every_label_is_one_that_the_metric_carries(root: Path) -> None:
    for expression in _expressions(root):
        names = [SUFFIX.sub("", name) for name in re.findall(r"\bkoppel_\w+", expression)]
        carried = {label for known, metric in METRICS.items() if known in names for label in metric.labels}
        asked = {
            label.strip()
            for labels in re.findall(r"by \(([^)]*)\)", expression)
            for label in labels.split(",")
        }
        assert not asked - carried - FROM_PROMETHEUS, expression


def test_every_alert_names_a_runbook_that_exists(root: Path) -> None:
    for group in yaml.safe_load((root / "deploy/prometheus/rules.yml").read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            assert (root / rule["annotations"]["runbook"]).is_file(), rule["alert"]


def test_prometheus_scrapes_every_process_of_the_compose_file(root: Path) -> None:
    jobs = yaml.safe_load((root / "deploy/prometheus/prometheus.yml").read_text("utf-8"))["scrape_configs"]
    services = yaml.safe_load((root / "docker-compose.yml").read_text("utf-8"))["services"]
    scraped: dict[str, set[str]] = {job["job_name"]: set(job["dns_sd_configs"][0]["names"]) for job in jobs}
    ours = {name for name, service in services.items() if name.endswith("-svc") and "ports" in service}
    assert scraped.pop("koppel-console") == {"console"}
    assert set(scraped) == ours
    for service, names in scraped.items():
        processes = {name for name in services if name.startswith(service)}
        answered = {name for name in processes if services[name].get("networks", {}).get("default")}
        assert names == processes - answered, "a second process has the name of the first one"
        for name in answered:
            [alias] = services[name]["networks"]["default"]["aliases"]
            assert alias in names


def test_a_prometheus_of_ones_own_reads_what_make_up_runs_as_often_as_the_others(root: Path) -> None:
    folder = root / "deploy/prometheus"
    own, compose, cluster = (
        yaml.safe_load((folder / f"{name}.yml").read_text("utf-8"))
        for name in ("local", "prometheus", "kubernetes")
    )
    ports = {
        job["job_name"]: target
        for job in own["scrape_configs"]
        for target in job["static_configs"][0]["targets"]
    }
    expected = {part.name: part.port for part in PARTS} | {"koppel-console": CONSOLE_PORT}
    assert ports == {name: f"127.0.0.1:{port}" for name, port in expected.items()}
    assert own["global"] == compose["global"] == cluster["global"]
    assert own["rule_files"] == compose["rule_files"] == cluster["rule_files"] == ["rules.yml"]


def test_the_collector_has_no_loose_ends(root: Path) -> None:
    config = yaml.safe_load((root / "deploy/otel/collector.yaml").read_text("utf-8"))
    assert set(config["service"]["pipelines"]) == set(Signal), "what is sent is taken"
    for pipeline in config["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= set(config[kind])
    assert set(config["service"]["extensions"]) == set(config["extensions"])


def test_there_is_an_overview_and_a_dashboard_for_each_service(root: Path) -> None:
    boards = _boards(root)
    assert set(boards) == {"koppel"} | SERVICES
    for name, board in boards.items():
        assert board["uid"] == name
        jobs = {
            job
            for panel in board["panels"]
            for target in panel["targets"]
            for job in re.findall(r'job="([^"]+)"', target["expr"])
        }
        assert jobs == ({name} & SERVICES)


def test_the_overview_shows_what_alerts_tell_of(root: Path) -> None:
    shown = json.dumps(_boards(root)["koppel"])
    for name in (
        "koppel_relay_oldest_pending_seconds",
        "koppel_consumer_seconds_behind",
        "koppel_consumer_parked_causes",
        "koppel_budget_exhausted_total",
        "koppel_sync_fresh_ratio",
        "koppel_sync_pauses",
        "koppel_sync_held_deletions",
        "koppel_sync_budget_waits",
        "koppel_grants_reauthorization_required",
        "koppel_replay_pending_events",
        "koppel_sync_overdue_seconds",
    ):
        assert name in shown


def test_prometheus_can_read_every_query(root: Path, tmp_path: Path) -> None:
    rules = [{"record": f"query:{n}", "expr": line} for n, line in enumerate(sorted(set(_expressions(root))))]
    file = tmp_path / "queries.json"
    file.write_text(json.dumps({"groups": [{"name": "queries", "rules": rules}]}), "utf-8")
    read = subprocess.run([promtool(), "check", "rules", file], capture_output=True, text=True, check=False)
    assert read.returncode == 0, read.stdout + read.stderr
