"""The Kubernetes base: files, variables, probes and names agree with each other and with the code."""

import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import kubernetes_validate
import pytest
import yaml
from tests.contract.deployment.rendering import render

from koppel.platform.identity import DEFAULT_ACCESS, ServiceAccess
from koppel.platform.settings import KoppelSettings, ServiceSettings
from koppel.providers.configuration import PREFIX

KUBERNETES = "1.34"
RECIPES = {
    "app": "process/deployment.yaml",
    "migrate": "migration.yaml",
    "migrate-post": "migration-post.yaml",
}
SERVICES = ("connection-svc", "import-svc", "assignment-svc", "sync-svc")


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    return root / "deploy/kubernetes"


@pytest.fixture(scope="module")
def rendered(folder: Path) -> list[dict[str, Any]]:
    """Every object, as `kubectl apply -k` would send it."""
    return render(folder)


def test_every_object_is_valid_and_no_field_of_it_is_unknown(rendered: list[dict[str, Any]]) -> None:
    for each in rendered:
        kubernetes_validate.validate(each, KUBERNETES, strict=True)
    kinds = Counter(each["kind"] for each in rendered)
    assert kinds["Deployment"] == len(SERVICES) + 1  # the console
    assert kinds["Job"] == 2 * len(SERVICES) + 1


def test_every_object_is_in_the_namespace_that_is_made_with_it(rendered: list[dict[str, Any]]) -> None:
    (namespace,) = [each["metadata"]["name"] for each in rendered if each["kind"] == "Namespace"]
    assert {each["metadata"].get("namespace") for each in rendered if each["kind"] != "Namespace"} == {
        namespace
    }


def test_every_pod_is_limited_and_has_a_folder_to_write_in(rendered: list[dict[str, Any]]) -> None:
    """With a read-only root, and as the strictest admission asks."""
    for each in rendered:
        if each["kind"] in {"Deployment", "Job"}:
            pod = each["spec"]["template"]["spec"]
            (container,) = pod["containers"]
            assert container["resources"]["limits"]["memory"], each["metadata"]["name"]
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
            assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
            assert {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"]  # noqa: S108  (a container's)
            assert {"name": "tmp", "emptyDir": {}} in pod["volumes"]


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return document


def _settings(service: str) -> dict[str, bool]:
    """Every variable that the service reads, and whether it is required."""
    module = import_module(service.replace("-", "_") + ".settings")
    own = next(
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, ServiceSettings) and each is not ServiceSettings
    )
    prefix = service.upper().replace("-", "_")
    return {
        **{
            f"KOPPEL_{name.upper()}": field.is_required()
            for name, field in KoppelSettings.model_fields.items()
        },
        **{f"{prefix}_{name.upper()}": field.is_required() for name, field in own.model_fields.items()},
    }


def test_every_resource_exists(folder: Path) -> None:
    for path in folder.rglob("kustomization.yaml"):
        missing = [each for each in _read(path).get("resources", ()) if not (path.parent / each).exists()]
        assert not missing, path


@pytest.mark.parametrize("service", SERVICES)
def test_variables_exist_and_required_ones_are_given_or_named_as_secret(service: str, folder: Path) -> None:
    text = (folder / service / "kustomization.yaml").read_text(encoding="utf-8")
    given = {line.partition("=")[0] for line in yaml.safe_load(text)["configMapGenerator"][0]["literals"]}
    secret = set(re.findall(r"\b(?:[A-Z]+_SVC|KOPPEL)_[A-Z_]+\b", text.partition("apiVersion")[0]))
    known = _settings(service)
    assert not given - set(known)
    migration = f"{service.upper().replace('-', '_')}_MIGRATION_DATABASE_URL"
    providers = {name for name in secret if name.startswith(PREFIX)}
    assert bool(providers) == (service == "connection-svc")
    assert not secret - set(known) - {migration} - providers
    assert not {name for name, required in known.items() if required} - given - secret


@pytest.mark.parametrize("service", SERVICES)
def test_services_may_do_what_they_may_by_default(service: str, folder: Path) -> None:
    literals = _read(folder / service / "kustomization.yaml")["configMapGenerator"][0]["literals"]
    given = dict(line.split("=", 1) for line in literals)["KOPPEL_SERVICE_ACCESS"]
    assert ServiceAccess.parse(given).table == DEFAULT_ACCESS.table


@pytest.mark.parametrize("service", SERVICES)
def test_patches_point_at_what_they_mean(service: str, folder: Path) -> None:
    for patch in _read(folder / service / "kustomization.yaml")["patches"]:
        kind, name = patch["target"]["kind"], patch["target"].get("name", "app")
        target = _read(folder / "base" / RECIPES[name])
        assert (target["kind"], target["metadata"]["name"]) == (kind, name)
        for step in yaml.safe_load(patch["patch"]):
            if step["path"].endswith("/env"):
                continue
            if step["op"] == "add":
                assert step["path"].endswith("/envFrom/-")
                assert step["value"] == {"secretRef": {"name": f"{service}-providers"}}
                continue
            place: Any = target
            for part in step["path"].strip("/").split("/"):
                place = place[int(part)] if isinstance(place, list) else place[part]
            assert step["value"] == f"{service}-{place}"


def test_jobs_apply_the_phases_and_post_is_started_by_hand(folder: Path) -> None:
    for name, phase in (("migrate", "pre"), ("migrate-post", "post")):
        job = _read(folder / "base" / RECIPES[name])
        assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["migrate", "--phase", phase]
        assert job["spec"].get("suspend", False) == (phase == "post")
        assert RECIPES[name] in _read(folder / "base/kustomization.yaml")["resources"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_job_gets_the_owners_secret(service: str, folder: Path) -> None:
    patches = _read(folder / service / "kustomization.yaml")["patches"]
    patched = {patch["target"]["name"] for patch in patches if patch["target"]["kind"] == "Job"}
    assert patched == {"migrate", "migrate-post"}


def test_the_recipe_is_probed_limited_and_unprivileged(folder: Path) -> None:
    pod = _read(folder / "base/process/deployment.yaml")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["resources"]["limits"]["memory"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert pod["securityContext"]["runAsNonRoot"]


def test_a_slow_answer_makes_a_pod_not_ready_long_before_it_is_started_again(folder: Path) -> None:
    """Where a node starves, each start costs more than the answers that are waited for; one that hangs is replaced after a minute."""
    pod = _read(folder / "base/process/deployment.yaml")["spec"]["template"]["spec"]
    live, ready, start = (
        pod["containers"][0][f"{kind}Probe"] for kind in ("liveness", "readiness", "startup")
    )
    patience = [each.get("failureThreshold", 3) * each["periodSeconds"] for each in (ready, live, start)]
    assert patience == [15, 60, 180]
    assert live["timeoutSeconds"] == live["periodSeconds"] > 3 * ready["timeoutSeconds"]
    assert start["timeoutSeconds"] >= ready["timeoutSeconds"]
    assert "initialDelaySeconds" not in live, "the start has a probe of its own"


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_drains_no_shorter_than_its_callers_keep_what_rests(service: str, folder: Path) -> None:
    """Else it may close a connection on which the next call is just sent. Our callers keep httpx's default."""
    literals = _read(folder / service / "kustomization.yaml")["configMapGenerator"][0]["literals"]
    delay = dict(line.split("=", 1) for line in literals)["KOPPEL_DRAIN_DELAY"]
    assert float(delay.removesuffix("s")) >= (httpx.Limits().keepalive_expiry or 0) > 0


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_is_given_longer_than_the_service_takes(service: str, folder: Path) -> None:
    literals = _read(folder / service / "kustomization.yaml")["configMapGenerator"][0]["literals"]
    values = dict(line.split("=", 1) for line in literals)
    own = sum(int(values[name].removesuffix("s")) for name in ("KOPPEL_SHUTDOWN_GRACE", "KOPPEL_DRAIN_DELAY"))
    pod = _read(folder / "base/process/deployment.yaml")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > own
