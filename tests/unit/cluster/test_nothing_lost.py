"""When `make cluster NODE=1` says that something was lost."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from tests.cluster.node import beside, organisation
from tests.cluster.node.loss import Loss
from tests.cluster.node.organisation import Organisation
from tests.cluster.seen import Broken
from tests.containers import compose

from koppel_local.failure import SetupFailed

ADMINISTRATION = "01a226d3"


class Services:
    """What all four answer, by the end of the path."""

    def __init__(self) -> None:
        self.lists: dict[str, list[dict[str, Any]]] = {"administrations": [{"id": ADMINISTRATION}]}
        self.single: dict[str, dict[str, Any]] = {
            "assignment": {"version": 2, "division_id": None, "template_id": None},
            "sync-status": {"resources": [{"resource": "contact", "records": 7}]},
        }

    def items(self, path: str, **_: str) -> Iterator[dict[str, Any]]:
        yield from self.lists.get(path.rpartition("/")[2], ())

    def get(self, path: str) -> dict[str, Any]:
        return self.single[path.rpartition("/")[2]]


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    made = Services()
    monkeypatch.setattr(organisation, "Api", lambda *_: made)
    hours = iter(range(1000))
    monkeypatch.setattr(compose, "time", Mock(monotonic=lambda: 3600.0 * next(hours)))
    return made


@pytest.fixture
def it(services: Services, tmp_path: Path) -> Organisation:
    del services
    return Organisation(beside.make_keys(tmp_path))


def test_what_is_there_again_was_kept(it: Organisation) -> None:
    with it.keeps_everything():
        pass


def test_a_record_less_is_noticed(it: Organisation, services: Services) -> None:
    with pytest.raises(SetupFailed, match="what the office had"), it.keeps_everything():
        services.single["sync-status"] = {"resources": [{"resource": "contact", "records": 6}]}


def test_an_administration_less_is_noticed(it: Organisation, services: Services) -> None:
    with pytest.raises(SetupFailed, match="what the office had"), it.keeps_everything():
        services.lists["administrations"] = []


def test_a_parked_event_is_noticed(it: Organisation, services: Services) -> None:
    with pytest.raises(Broken, match="parked events"), it.keeps_everything():
        services.lists["parked"] = [{"id": "1"}]


@pytest.mark.parametrize(("outcome", "well"), [("unchanged", True), ("failed", False), ("partial", False)])
def test_a_sync_that_did_not_end_well_is_noticed(
    it: Organisation, services: Services, outcome: str, *, well: bool
) -> None:
    services.lists["sync-runs"] = [{"state": "finished", "outcome": outcome}]
    if well:
        it.expect_synced(["1"])
    else:
        with pytest.raises(Broken, match=outcome):
            it.expect_synced(["1"])


def _pod(container: str) -> dict[str, Any]:
    return {"status": {"containerStatuses": [{"containerID": container}]}}


def test_a_container_that_was_started_again_with_its_kubelet_is_noticed() -> None:
    seen = Mock(pods=Mock(side_effect=[[_pod("a")], [_pod("b")]]))
    with pytest.raises(Broken, match="started again"):
        Loss(Mock(), seen, Mock(), [Mock()]).of_programs()
