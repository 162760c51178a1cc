"""Deployments by role, and what a small and a large installation ask of a cluster."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from tests.contract.deployment.connections import sessions
from tests.contract.deployment.rendering import render
from tests.contract.deployment.test_kubernetes import KUBERNETES, SERVICES

ROLES = {"app": "http", "consumer": "consumer", "relay": "relay", "jobs": "jobs"}
SIZES = ("small", "large")
CONSOLE = "koppel-console-app"
Objects = list[dict[str, Any]]


@pytest.fixture(scope="module")
def sizes(root: Path) -> dict[str, Objects]:
    return {size: render(root / "deploy/kubernetes" / size) for size in SIZES}


def _deployments(objects: Objects) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == "Deployment"}


def _services(objects: Objects) -> dict[str, dict[str, Any]]:
    """Deployments of services; the console has no roles."""
    return {name: each for name, each in _deployments(objects).items() if name != CONSOLE}


def _service(deployment: dict[str, Any]) -> str:
    name: str = deployment["metadata"]["labels"]["app.kubernetes.io/name"]
    return name


def _roles(deployment: dict[str, Any]) -> str:
    """Of the annotation that its variable is read from."""
    template = deployment["spec"]["template"]
    service = _service(deployment)
    (variable,) = template["spec"]["containers"][0]["env"]
    assert variable["name"] == f"{service.upper().replace('-', '_')}_ROLES"
    assert variable["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.annotations['koppel/roles']"}}
    roles: str = template["metadata"]["annotations"]["koppel/roles"]
    return roles


@pytest.mark.parametrize("size", SIZES)
def test_every_object_is_valid_and_no_field_of_it_is_unknown(size: str, sizes: dict[str, Objects]) -> None:
    for each in sizes[size]:
        kubernetes_validate.validate(each, KUBERNETES, strict=True)


def test_a_large_installation_has_each_role_of_each_service_once(sizes: dict[str, Objects]) -> None:
    roles = {name: _roles(each) for name, each in _services(sizes["large"]).items()}
    assert roles == {f"{service}-{part}": role for service in SERVICES for part, role in ROLES.items()}


def test_a_small_installation_has_all_roles_in_one_deployment(sizes: dict[str, Objects]) -> None:
    roles = {name: _roles(each) for name, each in _services(sizes["small"]).items()}
    assert roles == {f"{service}-app": ",".join(ROLES.values()) for service in SERVICES}


@pytest.mark.parametrize("size", SIZES)
def test_pods_of_each_deployment_are_selected_spread_and_kept_by_its_own_labels(
    size: str, sizes: dict[str, Objects]
) -> None:
    budgets = [each for each in sizes[size] if each["kind"] == "PodDisruptionBudget"]
    selectors = []
    for name, each in _deployments(sizes[size]).items():
        selector = each["spec"]["selector"]["matchLabels"]
        selectors.append(selector)
        pod = each["spec"]["template"]
        assert selector.items() <= pod["metadata"]["labels"].items()
        spread = pod["spec"]["topologySpreadConstraints"]
        assert {one["topologyKey"] for one in spread} == {
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        }
        assert all(one["labelSelector"]["matchLabels"] == selector for one in spread)
        assert all(one["matchLabelKeys"] == ["pod-template-hash"] for one in spread), "each release by itself"
        (budget,) = [one for one in budgets if one["metadata"]["name"] == name]
        assert budget["spec"] == {
            "maxUnavailable": 1,
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": selector},
        }
    assert len({tuple(sorted(one.items())) for one in selectors}) == len(selectors) == len(budgets)


@pytest.mark.parametrize("size", SIZES)
def test_calls_are_sent_to_pods_that_serve_http(size: str, sizes: dict[str, Objects]) -> None:
    pods = {name: each["spec"]["template"]["metadata"] for name, each in _deployments(sizes[size]).items()}
    for each in sizes[size]:
        if each["kind"] == "Service":
            selector = each["spec"]["selector"].items()
            (name,) = [name for name, pod in pods.items() if selector <= pod["labels"].items()]
            assert name == each["metadata"]["name"]
            assert name == CONSOLE or "http" in pods[name]["annotations"]["koppel/roles"].split(",")


@pytest.mark.parametrize("size", SIZES)
def test_no_pod_speaks_or_is_spoken_to_beyond_what_a_policy_allows(
    size: str, sizes: dict[str, Objects]
) -> None:
    policies = {each["metadata"]["name"]: each for each in sizes[size] if each["kind"] == "NetworkPolicy"}
    assert policies["nothing-else"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    label = ("app.kubernetes.io/part-of", "koppel")
    for name in ("calls-come-in", "calls-go-out"):
        assert label in policies[name]["spec"]["podSelector"]["matchLabels"].items()
    for each in sizes[size]:
        if each["kind"] in {"Deployment", "Job"}:
            assert label in each["spec"]["template"]["metadata"]["labels"].items()


def _mebibytes(text: str) -> int:
    return int(text.removesuffix("Mi"))


@pytest.mark.parametrize("size", [*SIZES, "large-by-age", "large-by-cpu"])
def test_the_table_of_sizes_is_what_is_rendered(size: str, root: Path) -> None:
    """With as many pods as an autoscaler may ask for; a release that rolls out has one more of each Deployment."""
    objects = render(root / "deploy/kubernetes" / size)
    most = {name: each["spec"].get("replicas") for name, each in _deployments(objects).items()} | {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"].get("maxReplicas")
        or each["spec"]["maxReplicaCount"]
        for each in objects
        if each["kind"] in {"HorizontalPodAutoscaler", "ScaledObject"}
    }
    cpu = request = limit = held = rolling = 0
    for name, each in _deployments(objects).items():
        resources = each["spec"]["template"]["spec"]["containers"][0]["resources"]
        cpu += most[name] * int(resources["requests"]["cpu"].removesuffix("m"))
        request += most[name] * _mebibytes(resources["requests"]["memory"])
        limit += most[name] * _mebibytes(resources["limits"]["memory"])
        one = 0 if name == CONSOLE else sessions(_service(each), set(_roles(each).split(",")))
        held += most[name] * one
        rolling += (most[name] + each["spec"]["strategy"]["rollingUpdate"]["maxSurge"]) * one
    row = (
        f"| `{size}` | {sum(most.values())} | {cpu / 1000:g} | {request / 1024:g} GiB | {limit / 1024:g} GiB "
        f"| {held} | {rolling} |"
    )
    assert row in (root / "deploy/kubernetes/README.md").read_text(encoding="utf-8"), row
