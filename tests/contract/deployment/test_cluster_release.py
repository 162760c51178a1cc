"""A second release on a cluster: its Jobs run, and nothing that cannot be changed is asked to change."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.contract.deployment.rendering import render

FIXED = {
    "Job": ("selector", "template", "completionMode"),
    "Deployment": ("selector",),
    "StatefulSet": ("selector", "serviceName", "volumeClaimTemplates"),
}
"""Fields of `spec` that the API server refuses to change."""
Objects = dict[tuple[str, str], dict[str, Any]]


def _render(folder: Path) -> Objects:
    return {(each["kind"], each["metadata"]["name"]): each for each in render(folder)}


def _fixed(thing: dict[str, Any]) -> dict[str, Any]:
    return {field: thing["spec"].get(field) for field in FIXED.get(thing["kind"], ())}


@pytest.fixture(scope="module")
def releases(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Objects, Objects]:
    """What two releases send; the second changes one line."""
    folder = tmp_path_factory.mktemp("release") / "kubernetes"
    shutil.copytree(root / "deploy/kubernetes", folder)
    first = _render(folder)
    line = folder / "release/release.yaml"
    text = line.read_text(encoding="utf-8")
    changed = text.replace('version: "0.1.0"', 'version: "0.2.0"')
    assert changed != text
    line.write_text(changed, encoding="utf-8")
    return first, _render(folder)


def test_no_fixed_field_of_an_object_changes(releases: tuple[Objects, Objects]) -> None:
    before, after = releases
    for name in before.keys() & after.keys():
        assert _fixed(before[name]) == _fixed(after[name]), name


def test_every_job_of_a_release_is_new(releases: tuple[Objects, Objects]) -> None:
    first, second = ({name for kind, name in objects if kind == "Job"} for objects in releases)
    assert len(first) == len(second)
    assert not first & second
    assert all(name.endswith("-0.2.0") for name in second)
    assert {"topics-0.2.0", "sync-svc-migrate-0.2.0", "sync-svc-migrate-post-0.2.0"} <= second


def test_all_images_are_of_the_release_and_all_else_keeps_its_name(
    releases: tuple[Objects, Objects],
) -> None:
    before, after = releases
    assert {name for name in before if name[0] != "Job"} == {name for name in after if name[0] != "Job"}
    for each in after.values():
        if each["kind"] in {"Job", "Deployment"}:
            for container in each["spec"]["template"]["spec"]["containers"]:
                assert container["image"].endswith(":0.2.0"), each["metadata"]["name"]


def test_an_address_may_be_corrected_within_a_release(
    releases: tuple[Objects, Objects], root: Path, tmp_path: Path
) -> None:
    """A Job that named its settings by what stands in them would be another Job, which is refused."""
    folder = tmp_path / "kubernetes"
    shutil.copytree(root / "deploy/kubernetes", folder)
    for file in folder.glob("*/kustomization.yaml"):
        file.write_text(file.read_text("utf-8").replace("=kafka:9092", "=broker.example:9092"), "utf-8")
    before, after = releases[0], _render(folder)
    assert after["ConfigMap", "topics"]["data"] == {"KOPPEL_KAFKA_BOOTSTRAP_SERVERS": "broker.example:9092"}
    for name in before:
        if name[0] == "Job":
            assert after[name] == before[name], name


def test_jobs_that_pods_wait_for_are_tried_until_their_server_has_come(
    releases: tuple[Objects, Objects],
) -> None:
    """All is applied at once; ten tries, each twice as far from the last as the one before and at most six minutes."""
    for (kind, name), job in releases[0].items():
        if kind == "Job" and "-post-" not in name:
            waits = [min(10 * 2**n, 360) for n in range(job["spec"]["backoffLimit"])]
            assert sum(waits) > 30 * 60, name


def test_pods_that_serve_tell_their_release_and_those_of_jobs_do_not(
    releases: tuple[Objects, Objects],
) -> None:
    """So those of the former release can be waited for: `post` scripts take away what they still use."""
    for (kind, name), each in releases[1].items():
        if kind in {"Job", "Deployment"}:
            labels = each["spec"]["template"]["metadata"]["labels"]
            told = labels.get("app.kubernetes.io/version")
            assert told == ("0.2.0" if kind == "Deployment" else None), name


@pytest.mark.parametrize("version", ["1.10", "2", "0123456", "2026-11-29"])
def test_a_release_that_looks_like_a_number_or_a_date_is_a_text(
    root: Path, tmp_path: Path, version: str
) -> None:
    """The API server refuses a label that is none, and 1.1 is no 1.10."""
    for part in ("base", "assignment-svc", "release"):
        shutil.copytree(root / "deploy/kubernetes" / part, tmp_path / part)
    line = tmp_path / "release/release.yaml"
    line.write_text(line.read_text("utf-8").replace('"0.1.0"', f'"{version}"'), "utf-8")
    lines = ["kind: Kustomization", "resources: [assignment-svc]", "components: [release]"]
    (tmp_path / "kustomization.yaml").write_text("\n".join(lines), "utf-8")
    for (kind, name), each in _render(tmp_path).items():
        if kind in {"Job", "Deployment"}:
            labels = (each if kind == "Job" else each["spec"]["template"])["metadata"]["labels"]
            assert labels["app.kubernetes.io/version"] == version, name


def test_what_is_read_while_rendering_is_not_sent(releases: tuple[Objects, Objects]) -> None:
    assert ("ConfigMap", "release") not in releases[0]
