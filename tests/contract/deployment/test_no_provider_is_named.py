"""Manifests name no provider: which are on is said by variables that come from a file or a secret."""

from pathlib import Path

import pytest
import yaml

from koppel.providers.catalogue import PROVIDERS


def test_the_compose_file_names_none(root: Path) -> None:
    assert named(root / "docker-compose.yml") == []


def test_no_kubernetes_manifest_names_one(root: Path) -> None:
    manifests = list((root / "deploy/kubernetes").rglob("*.yaml"))
    assert len(manifests) > 5
    assert [(path.name, found) for path in manifests if (found := named(path))] == []


def test_the_pods_of_connection_svc_read_the_providers_of_a_secret(root: Path) -> None:
    text = (root / "deploy/kubernetes/connection-svc/kustomization.yaml").read_text(encoding="utf-8")
    (patch,) = [
        each["patch"] for each in yaml.safe_load(text)["patches"] if each["target"]["kind"] == "Deployment"
    ]
    added = [each["value"] for each in yaml.safe_load(patch) if each["op"] == "add"]
    assert {"secretRef": {"name": "connection-svc-providers"}} in added


@pytest.mark.parametrize("service", ["connection", "import", "assignment", "sync"])
def test_no_settings_class_names_one(root: Path, service: str) -> None:
    assert named(root / f"services/{service}-svc/src/{service}_svc/settings.py") == []


def named(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8").lower().replace("-", "_")
    return [each for each in PROVIDERS if each in text]
