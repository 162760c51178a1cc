"""What `koppel parked discard` says a discard would cost."""

from koppel_cli.operations import Json
from koppel_cli.parked.discarding import costs


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
