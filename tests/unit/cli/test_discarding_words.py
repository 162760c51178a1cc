"""What `koppel parked discard` says a discard would cost."""

import pytest

from koppel_cli.main import main
from koppel_cli.operations import Json
from koppel_cli.parked.discarding import costs

from .answering import NAMES, answering


def _told(**known: object) -> Json:
    return {"dry_run": True, "in_its_place": None, "skipped": [], "missing": None} | known


def _event(name: str | None) -> Json:
    return {"version": 2, "event_id": "e-1", "type": name and f"nl.koppel.{name}.v1"}


def test_nothing_where_the_event_alone_is_lost() -> None:
    assert list(costs(_told())) == []


def test_what_would_be_skipped_is_named_by_its_type() -> None:
    told = _told(skipped=[_event("AdministrationRemoved")])
    assert list(costs(told)) == ["1 would be skipped as stale: AdministrationRemoved"]
    told = _told(skipped=[_event("AdministrationRemoved"), _event(None)], dry_run=False)
    assert list(costs(told)) == ["2 skipped as stale: AdministrationRemoved, no event"]


def test_what_takes_its_place_is_named_with_its_id() -> None:
    told = _told(in_its_place=_event("AdministrationRemoved"))
    expected = "1 of the same version would be applied in its place: AdministrationRemoved (event e-1)"
    assert list(costs(told)) == [expected]


def test_versions_that_are_given_up_are_told() -> None:
    told = _told(missing={"first": 2, "last": 999})
    assert list(costs(told)) == ["versions 2 to 999 would be given up, and skipped if they come"]
    told = _told(missing={"first": 2, "last": 2}, dry_run=False)
    assert list(costs(told)) == ["version 2 given up, and skipped if it comes"]


@pytest.mark.parametrize(
    ("released", "held", "expected"),
    [
        (1, 1, "1 event behind it left the queue, 1 waits on"),
        (0, 2, "0 events behind it left the queue, 2 wait on"),
    ],
)
def test_one_event_is_told_of_as_one(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    released: int,
    held: int,
    expected: str,
) -> None:
    path = "/ops/v1/parked/0198c0de-0000-7000-8000-000000000003"
    followers = {"followers_released": released, "followers_held": held, "next_parked_id": None}
    told = _told(topic="t", key="k", head=1, **followers)
    answering(monkeypatch, {key: {path: {"id": "x"}, f"{path}/discard": told} for key in NAMES})
    assert main(["parked", "discard", path.rpartition("/")[2], "--reason", "r", "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == expected
