"""What `make cluster` decides before a control plane runs."""

import re
import shutil
from itertools import count
from pathlib import Path
from unittest.mock import Mock

import pytest
import yaml
from tests.cluster import binaries, seen
from tests.cluster.__main__ import main
from tests.cluster.kubectl import Refused
from tests.cluster.log import Log
from tests.cluster.manifests import ROOT, VARIANTS, Release, asked_for, secrets_for
from tests.cluster.mistakes import MISTAKES, Mistake
from tests.cluster.seen import PATIENCE, Broken, Seen

from koppel_local.failure import SetupFailed


def test_without_programs_and_without_go_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(binaries, "_PLACES", ())
    monkeypatch.setenv("KOPPEL_CACHE_DIR", str(tmp_path))
    with pytest.raises(SetupFailed) as failed:
        binaries.program("etcd")
    assert failed.value.code == "go_missing"
    assert binaries.missing() == list(binaries.PACKAGES)


def test_what_it_built_lies_outside_the_clone_and_one_command_removes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KOPPEL_CACHE_DIR", str(tmp_path))
    (binaries.folder() / "etcd").mkdir(parents=True)
    assert main(["remove"]) == 0
    assert not binaries.folder().exists()


def test_every_variant_that_can_be_applied_is_applied() -> None:
    """A variant is a folder that lays a release over the system, or over such a folder."""
    kustomizations = {path.parent.name: yaml.safe_load(path.read_text("utf-8")) for path in ROOT.glob("*/kustomization.yaml")}  # fmt: skip
    whole = {"system"}
    for _ in kustomizations:
        whole |= {
            name
            for name, each in kustomizations.items()
            if whole & {resource.removeprefix("../") for resource in each.get("resources", ())}
        }
    assert whole - {"system"} == set(VARIANTS)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda each: each.title)
def test_a_mistake_can_still_be_made_and_can_be_rendered(mistake: Mistake, tmp_path: Path) -> None:
    release = Release(tmp_path, "0.9.0")
    release.change(mistake.file, mistake.before, mistake.after)
    assert release.objects("small")


def test_the_secrets_that_are_made_are_those_that_the_folders_ask_for(tmp_path: Path) -> None:
    made = {each["metadata"]["name"] for each in yaml.safe_load_all(secrets_for(Release(tmp_path, "1").objects("large")))}  # fmt: skip
    told = {
        name
        for path in ROOT.glob("*/kustomization.yaml")
        if path.parent.name != "kafka"  # a component that no installation here lays over itself
        for name in re.findall(r"^#   Secret (\S+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert made == told - {"koppel-console-client"}, "that one is optional"


def test_what_is_optional_is_not_waited_for() -> None:
    sources = [{"secretRef": {"name": "a"}}, {"secretRef": {"name": "b", "optional": True}}]
    assert asked_for({"containers": [{"envFrom": sources}]}, "Secret") == {"a"}


def test_a_check_that_fails_is_told_and_the_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    def fail(failure: Exception) -> None:
        raise failure

    log = Log()
    assert log.check("one", lambda: "seen")
    assert not log.check("two", lambda: fail(Broken("no\npod")))
    assert not log.check("three", lambda: fail(Refused("immutable")))
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[1] for row in rows[1:]] == ["ok", "FAILED", "FAILED"]
    assert rows[2].endswith("no pod")
    assert log.summary().startswith("FAILED: 2 of 3 checks, ")
    assert log.summary().endswith("two; three")


def test_of_a_long_failure_its_end_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise Refused(f"{'object ' * 10_000}is invalid")

    Log().check("one", fail)
    row = capsys.readouterr().out.splitlines()[-1]
    assert row.endswith("object is invalid")
    assert len(row) < 1000


@pytest.fixture
def kubectl(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Of a cluster in which nothing moves; each look at the clock is a minute later."""
    clock = count(0, 60)
    monkeypatch.setattr(seen, "time", Mock(monotonic=lambda: float(next(clock))))
    return Mock(versions=Mock(return_value={"pod 1"}), get=Mock(return_value=[]))


def test_a_check_is_given_up_when_nothing_moves(kubectl: Mock) -> None:
    with pytest.raises(Broken, match="pods are ready: not after"):
        Seen(Mock(), kubectl, Mock()).until("pods are ready", lambda: False)
    assert kubectl.versions.call_count <= PATIENCE / 60 + 2


def test_a_check_waits_longer_than_its_patience_while_something_moves(kubectl: Mock) -> None:
    answers = iter([*[False] * 15, True])
    kubectl.versions.side_effect = ({f"pod {number}"} for number in count())
    Seen(Mock(), kubectl, Mock()).until("pods are ready", lambda: next(answers))


def test_a_check_is_given_up_when_it_moves_without_end(kubectl: Mock) -> None:
    kubectl.versions.side_effect = ({f"pod {number}"} for number in count())
    with pytest.raises(Broken):
        Seen(Mock(), kubectl, Mock()).until("pods are ready", lambda: False)
