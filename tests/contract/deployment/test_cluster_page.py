"""What the page of deploy/kubernetes tells an operator to do first fits what is applied."""

import re
import shutil
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from tests.cluster.manifests import asked_for, pod_of
from tests.contract.deployment.rendering import render
from tests.contract.deployment.test_kubernetes import KUBERNETES, SERVICES

Objects = list[dict[str, Any]]


def _block(root: Path, kind: str) -> str:
    """The page's one block of that kind."""
    page = (root / "deploy/kubernetes/README.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"^```{kind}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert isinstance(block, str)
    return block


def test_every_secret_that_a_pod_or_the_ingress_waits_for_is_made(root: Path) -> None:
    objects = render(root / "deploy/kubernetes/large")
    pods = [pod for each in objects if (pod := pod_of(each)) is not None]
    wanted = {name for pod in pods for name in asked_for(pod, "Secret")}
    wanted |= {
        each["secretName"] for one in objects if one["kind"] == "Ingress" for each in one["spec"]["tls"]
    }
    named = re.findall(r"create secret (?:generic|tls) (\S+)", _block(root, "sh"))
    made = {name.replace("$service", service) for name in named for service in SERVICES}
    assert made == wanted
    assert not [each for each in objects if each["kind"] == "Secret"], "none stands in a repository"


@pytest.fixture(scope="module")
def overlaid(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Objects:
    """The overlay of the page, beside a copy of the folder."""
    folder = tmp_path_factory.mktemp("overlay")
    shutil.copytree(root / "deploy/kubernetes", folder / "kubernetes")
    (folder / "ours").mkdir()
    (folder / "ours/kustomization.yaml").write_text(_block(root, "yaml"), encoding="utf-8")
    return render(folder / "ours")


def test_an_overlay_has_its_own_namespace_registry_and_addresses(overlaid: Objects) -> None:
    for each in overlaid:
        kubernetes_validate.validate(each, KUBERNETES, strict=True)
        if each["kind"] != "Namespace":
            assert each["metadata"]["namespace"] == "accounting"
    named = {(each["kind"], each["metadata"]["name"]): each for each in overlaid}
    pod = named["Deployment", "sync-svc-jobs"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == "harbor.example.org/koppel/sync-svc:0.1.0"
    settings = named["ConfigMap", pod["containers"][0]["envFrom"][0]["configMapRef"]["name"]]["data"]
    assert settings["KOPPEL_KAFKA_BOOTSTRAP_SERVERS"].startswith("kafka-1.example.org:9092,")
    assert settings["SYNC_SVC_PORT"] == "8080", "the others are kept"


def test_an_overlay_places_every_pod(overlaid: Objects) -> None:
    pods = [pod for each in overlaid if (pod := pod_of(each)) is not None]
    assert len(pods) > 4 * len(SERVICES)
    for pod in pods:
        assert pod["imagePullSecrets"] == [{"name": "harbor"}]
        assert pod["nodeSelector"] == {"pool": "accounting"}
