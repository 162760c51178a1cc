"""Autoscalers: by the age of events where there is KEDA, by CPU elsewhere, and never beyond what has work."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.contract.deployment.rendering import render
from tests.contract.deployment.test_kubernetes import KUBERNETES, SERVICES
from tests.session.promtool import promtool

from koppel.contracts.topics import TOPICS
from koppel.platform.outbox.pending import SHARDS
from koppel.platform.telemetry.metric_names import METRICS

PARTITIONS = max(topic.partitions for topic in TOPICS)
SIGNALS = {
    "consumer": "koppel_consumer_seconds_behind",
    "relay": "koppel_relay_oldest_pending_seconds",
}
PHASES = ("Pending", "Running", "Succeeded", "Failed", "Unknown")
Objects = list[dict[str, Any]]


@pytest.fixture(scope="module")
def scaled(root: Path) -> dict[str, Objects]:
    """A large installation, by each of the two signals."""
    return {signal: render(root / f"deploy/kubernetes/large-by-{signal}") for signal in ("age", "cpu")}


def _scalers(objects: Objects) -> dict[str, dict[str, Any]]:
    kinds = {"HorizontalPodAutoscaler", "ScaledObject"}
    return {each["spec"]["scaleTargetRef"]["name"]: each["spec"] for each in objects if each["kind"] in kinds}


def _most(scaler: dict[str, Any]) -> int:
    most: int = scaler.get("maxReplicas") or scaler["maxReplicaCount"]
    return most


@pytest.fixture(scope="module")
def kind_of_keda() -> dict[str, Any]:
    """The schema by which KEDA's own definition has the API server judge a ScaledObject."""
    definition = yaml.safe_load((Path(__file__).parent / "keda/scaledobjects.yaml").read_text("utf-8"))
    (version,) = definition["spec"]["versions"]
    schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]
    return schema


def _unknown(schema: dict[str, Any], value: Any, at: str = "") -> Iterator[str]:
    """Paths of fields that the schema does not name; below metadata it names none, and admits what Kubernetes knows."""
    if isinstance(value, list):
        for each in value:
            yield from _unknown(schema["items"], each, at)
    elif isinstance(value, dict) and "properties" in schema:
        for name, each in value.items():
            if name not in schema["properties"]:
                yield f"{at}.{name}"
            else:
                yield from _unknown(schema["properties"][name], each, f"{at}.{name}")


def test_every_object_of_keda_is_valid_and_no_field_of_it_is_unknown(
    scaled: dict[str, Objects], kind_of_keda: dict[str, Any]
) -> None:
    objects = [each for each in scaled["age"] if each["kind"] == "ScaledObject"]
    assert len(objects) == 2 * len(SERVICES)
    for each in objects:
        Draft202012Validator(kind_of_keda).validate(each)
        assert not list(_unknown(kind_of_keda, each))


def test_a_misspelt_field_of_keda_is_found(kind_of_keda: dict[str, Any]) -> None:
    assert list(_unknown(kind_of_keda, {"spec": {"triggers": [{"typo": "prometheus"}]}})) == [
        ".spec.triggers.typo"
    ]


@pytest.mark.parametrize("signal", ["age", "cpu"])
def test_every_object_of_kubernetes_is_valid(signal: str, scaled: dict[str, Objects]) -> None:
    for each in scaled[signal]:
        if each["kind"] != "ScaledObject":
            kubernetes_validate.validate(each, KUBERNETES, strict=True)


@pytest.mark.parametrize(
    ("signal", "parts"), [("age", ["app", "consumer", "relay"]), ("cpu", ["app", "consumer"])]
)
def test_what_is_scaled_exists_and_its_number_is_left_to_the_autoscaler(
    signal: str, parts: list[str], scaled: dict[str, Objects]
) -> None:
    deployments = {each["metadata"]["name"]: each for each in scaled[signal] if each["kind"] == "Deployment"}
    scalers = _scalers(scaled[signal])
    assert set(scalers) == {f"{service}-{part}" for service in SERVICES for part in parts}
    assert all("replicas" not in deployments[name]["spec"] for name in scalers)
    assert all("replicas" in each["spec"] for name, each in deployments.items() if name not in scalers)


@pytest.mark.parametrize("signal", ["age", "cpu"])
def test_nothing_is_scaled_beyond_what_has_work(signal: str, scaled: dict[str, Objects]) -> None:
    for name, scaler in _scalers(scaled[signal]).items():
        if name.endswith("-consumer"):
            assert _most(scaler) == PARTITIONS
        if name.endswith("-relay"):
            assert _most(scaler) <= SHARDS


def test_the_signal_is_the_age_of_the_services_own_events(scaled: dict[str, Objects]) -> None:
    for each in scaled["age"]:
        if each["kind"] != "ScaledObject":
            continue
        assert each["apiVersion"] == "keda.sh/v1alpha1"
        service, _, part = each["metadata"]["name"].rpartition("-")
        (trigger,) = each["spec"]["triggers"]
        assert (trigger["type"], trigger["metricType"]) == ("prometheus", "Value")
        query = trigger["metadata"]["query"]
        asked = set(re.findall(r"\bkoppel_\w+", query))
        assert asked == {SIGNALS[part]}
        assert asked <= set(METRICS)
        assert set(re.findall(r'job="([^"]+)"', query)) == {service}


def test_who_stands_still_or_is_not_read_is_not_scaled_down(
    scaled: dict[str, Objects], tmp_path: Path
) -> None:
    """A batch that is tried again and again applies nothing; without a series the answer is empty, which is no zero."""
    triggers = [each["spec"]["triggers"][0] for each in scaled["age"] if each["kind"] == "ScaledObject"]
    assert {each["metadata"]["ignoreNullValues"] for each in triggers} == {"false"}
    queries = [each["metadata"]["query"] for each in triggers]
    series = [
        {"series": f'{metric}{{job="{service}",instance="{pod}"}}', "values": f"{age} {age} {age}"}
        for metric in SIGNALS.values()
        for service in SERVICES
        for pod, age in (("stands-still", 90), ("at-rest", 0))
    ]
    old = [{"expr": each, "eval_time": "30s", "exp_samples": [_sample(90)]} for each in queries]
    silent = [{"expr": each, "eval_time": "30s", "exp_samples": []} for each in queries]
    told = [_evaluated(series, old), _evaluated([], silent)]
    file = tmp_path / "tests.yml"
    file.write_text(yaml.safe_dump({"tests": told}), encoding="utf-8")
    done = subprocess.run([promtool(), "test", "rules", file], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _sample(value: float) -> dict[str, Any]:
    return {"labels": "{}", "value": value}


def _evaluated(series: Objects, asked: Objects) -> dict[str, Any]:
    return {"interval": "15s", "input_series": series, "promql_expr_test": asked}


def test_prometheus_names_a_pods_job_after_its_service(root: Path) -> None:
    """The queries of autoscalers and alerts ask for it."""
    config = yaml.safe_load((root / "deploy/prometheus/kubernetes.yml").read_text("utf-8"))
    (job,) = config["scrape_configs"]
    assert {
        "source_labels": ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
        "target_label": "job",
    } in job["relabel_configs"]


def test_a_pod_that_has_ended_is_not_read(root: Path) -> None:
    """One that was evicted stays listed with its address, which another may have by now: it would be read under two names."""
    config = yaml.safe_load((root / "deploy/prometheus/kubernetes.yml").read_text("utf-8"))
    (job,) = config["scrape_configs"]
    (drop,) = [rule for rule in job["relabel_configs"] if rule.get("action") == "drop"]
    assert drop["source_labels"] == ["__meta_kubernetes_pod_phase"]
    assert {phase for phase in PHASES if re.fullmatch(drop["regex"], phase)} == {"Succeeded", "Failed"}
