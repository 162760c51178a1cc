"""The component for a Kafka that wants TLS and a login reaches whoever speaks to Kafka, and nobody else."""

import re
import shutil
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from tests.cluster.manifests import pod_of
from tests.contract.deployment.rendering import render
from tests.contract.deployment.test_kubernetes import KUBERNETES, SERVICES

from koppel.platform.settings import KoppelSettings

MOUNTED = {"name": "kafka-authority", "mountPath": "/run/kafka", "readOnly": True}
OVERLAY = """
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../kubernetes/large]
components: [../kubernetes/kafka]
"""
Objects = dict[tuple[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def objects(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Objects:
    folder = tmp_path_factory.mktemp("overlay")
    shutil.copytree(root / "deploy/kubernetes", folder / "kubernetes")
    (folder / "ours").mkdir()
    (folder / "ours/kustomization.yaml").write_text(OVERLAY, encoding="utf-8")
    return {(each["kind"], each["metadata"]["name"]): each for each in render(folder / "ours")}


def test_every_object_is_valid(objects: Objects) -> None:
    for each in objects.values():
        kubernetes_validate.validate(each, KUBERNETES, strict=True)


def test_every_process_of_a_service_and_the_job_of_topics_have_settings_and_the_authority(
    objects: Objects,
) -> None:
    pods = {name: pod_of(each) for name, each in objects.items() if pod_of(each) is not None}
    reached = {name for name, pod in pods.items() if pod and MOUNTED in pod["containers"][0]["volumeMounts"]}
    speaking = {
        (kind, name)
        for kind, name in pods
        if name.startswith("topics") or (kind == "Deployment" and name.startswith(SERVICES))
    }
    assert reached == speaking
    for name in reached:
        pod = pods[name]
        assert pod is not None
        (volume,) = [each for each in pod["volumes"] if each["name"] == "kafka-authority"]
        assert volume["secret"] == {"secretName": "kafka-authority", "defaultMode": 0o444}
        (container,) = pod["containers"]
        told = objects["ConfigMap", container["envFrom"][0]["configMapRef"]["name"]]["data"]
        assert told["KOPPEL_KAFKA_SECURITY_PROTOCOL"] == "SASL_SSL"
        assert told["KOPPEL_KAFKA_CA_FILE"] == "/run/kafka/ca.crt"
        assert told["KOPPEL_KAFKA_BOOTSTRAP_SERVERS"]
        assert "secretRef" in container["envFrom"][1], "the login comes from there"


@pytest.mark.parametrize("file", ["deploy/kubernetes/kafka/kustomization.yaml", "docs/operating.md"])
def test_what_is_to_be_set_are_variables_that_are_read(root: Path, file: str) -> None:
    fields = {f"KOPPEL_{name.upper()}" for name in KoppelSettings.model_fields}
    named = set(re.findall(r"\bKOPPEL_KAFKA_[A-Z_]+[A-Z]", (root / file).read_text(encoding="utf-8")))
    assert len(named) >= 4
    assert {name.removesuffix("_PASSWORD_FILE") for name in named} <= fields | {"KOPPEL_KAFKA_SASL"}
