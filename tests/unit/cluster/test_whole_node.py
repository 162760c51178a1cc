"""What `make cluster NODE=1` decides before there is a node, and what it removes of a run that was killed."""

import base64
from pathlib import Path
from unittest.mock import Mock

import pytest
import yaml
from tests.cluster.manifests import Release, secrets_for
from tests.cluster.node import beside, left
from tests.cluster.node.machine import CONTROL_PLANE, NODES, SCRIPT
from tests.cluster.node.organisation import how_it_went
from tests.cluster.seen import Broken

IMAGES = {"postgres": "postgres:18", "apache/kafka": "apache/kafka:4"}


def test_the_addresses_that_an_operator_changes_all_stand_there_and_none_is_left(tmp_path: Path) -> None:
    before = _settings(Release(tmp_path / "before", "1"))
    after = _settings(beside.with_addresses(Release(tmp_path / "after", "1")))
    for each in beside.ADDRESSES:
        assert each in before
        assert each not in after


def _settings(release: Release) -> str:
    maps = [each["data"] for each in release.objects("small") if each["kind"] == "ConfigMap"]
    return "\n".join(f"{name}={value}" for data in maps for name, value in data.items())


def test_every_secret_that_a_pod_cannot_start_without_is_made(tmp_path: Path) -> None:
    beside.make_keys(tmp_path / "made")
    made = {each["metadata"]["name"]: each for each in yaml.safe_load_all(beside.secrets(tmp_path / "made"))}
    asked = secrets_for(Release(tmp_path, "0.1.0").objects("small"))
    assert {each["metadata"]["name"] for each in yaml.safe_load_all(asked)} <= set(made)
    key = base64.b64decode(made["connection-svc-files"]["data"]["key"])
    assert len(base64.b64decode(key)) == 32


def test_every_provider_is_played_by_the_sandbox_of_the_cluster(tmp_path: Path) -> None:
    beside.make_keys(tmp_path)
    (secret,) = [
        each
        for each in yaml.safe_load_all(beside.secrets(tmp_path))
        if each["metadata"]["name"] == "connection-svc-providers"
    ]
    values = {name: base64.b64decode(value).decode() for name, value in secret["data"].items()}
    assert values
    assert {value.partition("/")[2] for name, value in values.items() if name.endswith("_FILE")} == {
        "run/koppel/client-secret"
    }
    urls = [value for name, value in values.items() if name.endswith(("_URL", "_ISSUER"))]
    assert all(url.startswith(f"{beside.SANDBOX}/") for url in urls)


def test_no_word_of_the_page_is_left_to_replace() -> None:
    things = {
        (each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(beside.objects(IMAGES))
    }
    kafka = things["Pod", "kafka"]["spec"]["containers"][0]
    assert kafka["image"] == "apache/kafka:4"
    listeners = "CLIENT://kafka.beside:9092,HOST://127.0.0.1:19092"
    assert {"name": "KAFKA_ADVERTISED_LISTENERS", "value": listeners} in kafka["env"]
    assert not {
        word
        for word in beside.objects(IMAGES).split()
        if word.endswith(("_IMAGE", "_ENVIRONMENT", "_COMMAND"))
    }


def test_all_that_has_data_runs_on_the_node_that_is_not_lost() -> None:
    pods = [each for each in yaml.safe_load_all(beside.objects(IMAGES)) if each["kind"] == "Pod"]
    assert {each["spec"]["nodeName"] for each in pods} == {"node-1"}
    assert NODES > 1


def test_nodes_find_the_control_plane_where_the_script_puts_it() -> None:
    assert f"ip address add {CONTROL_PLANE}/24 dev koppel0" in SCRIPT.read_text(encoding="utf-8")


@pytest.fixture
def cgroups(tmp_path: Path) -> Path:
    """One hierarchy for each of two controllers."""
    for name in ("cpuset", "memory"):
        (tmp_path / "cgroup" / name).mkdir(parents=True)
    return tmp_path / "cgroup"


def test_a_run_removes_what_one_that_was_killed_left(
    tmp_path: Path, cgroups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left, "CGROUPS", cgroups)
    (tmp_path / f"{left.RUNS}abc/node-1/containerd").mkdir(parents=True)
    (cgroups / "memory" / left.CGROUP / "node-1/kubepods/pod1").mkdir(parents=True)
    (kept := tmp_path / "kubelet").write_text("built once")
    assert left.sweep(tmp_path) == [f"{left.RUNS}abc", "4 cgroups"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["cgroup", "kubelet"]
    assert kept.read_text() == "built once"
    assert left.sweep(tmp_path) == []


def test_what_is_left_of_a_run_is_named(
    tmp_path: Path, cgroups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(left, "CGROUPS", cgroups)
    work = tmp_path / f"{left.RUNS}abc"
    assert left.remains(work) == []
    work.mkdir()
    (cgroups / "memory" / left.CGROUP).mkdir()
    assert left.remains(work) == [f"cgroup {cgroups}/memory/{left.CGROUP}", str(work)]


def test_the_cgroup_of_a_node_may_use_every_processor(cgroups: Path) -> None:
    for kind in ("cpuset.cpus", "cpuset.mems"):
        (cgroups / "cpuset" / kind).write_text("0-1")
    left.make_cgroup("node-1", cgroups)
    assert (cgroups / "cpuset" / left.CGROUP / "node-1/cpuset.cpus").read_text() == "0-1"
    assert (cgroups / "memory" / left.CGROUP / "node-1").is_dir()


def test_a_call_that_was_refused_during_a_release_fails_the_check() -> None:
    asked = [Mock(asked=10, refused=refused, longest=1.5, host=f"{refused}") for refused in (0, 1)]
    assert how_it_went(asked, refused=True) == "asked 20 times, 1 refused, longest wait 1.5 s"
    with pytest.raises(Broken, match="20 times, 1 refused"):
        how_it_went(asked, refused=False)
