"""Whatever an id can be at a service, the console has a page for it; each page's id comes from the command that shows it."""

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from assignment_svc.adapters.postgres import kinds as assignment_kinds
from connection_svc.adapters.postgres import kinds as connection_kinds
from import_svc.adapters.postgres import kinds as import_kinds
from koppel.platform.kinds import Kind
from koppel.platform.operations import find as platform_kinds
from koppel_console.screens import SCREENS
from koppel_console.screens.operations import find
from sync_svc.adapters.postgres import kinds as sync_kinds

KINDS = [
    *connection_kinds.KINDS,
    *import_kinds.KINDS,
    *assignment_kinds.KINDS,
    *sync_kinds.KINDS,
    *platform_kinds.KINDS,
]
IDS = {
    name: str(uuid4())
    for name in ("organisation_id", "connection_id", "session_id", "run_id", "administration_id")
}


class AnyId(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "word"


def place(kind: Kind, organisation: str) -> str:
    """Where a thing of that kind is shown to somebody of `organisation`."""
    ids = {"id": str(uuid4()), **IDS}
    told = {
        "kind": kind.name,
        "id": ids["id"],
        "service": "sync-svc",
        "organisation_id": IDS["organisation_id"],
        "command": kind.command.format_map(AnyId(ids)),
    }
    session = SimpleNamespace(organisation=organisation, sees=lambda part: True)
    visit: Any = SimpleNamespace(session=session)
    return find.place_of(told, visit)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_has_its_page(kind: Kind, own: bool) -> None:
    assert kind.name in find._ANY
    where = place(kind, IDS["organisation_id"] if own else str(uuid4())).partition("?")[0]
    routes = [route for screen in SCREENS for route in screen.router.routes]
    assert any(route.path_regex.match(where) for route in routes), where  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("grant", "connection_id"),
        ("login_round", "connection_id"),
        ("sync_request", "run_id"),
        ("candidate", "session_id"),
        ("held_deletion", "administration_id"),
    ],
)
def test_a_part_leads_to_what_it_is_a_part_of(kind: str, name: str) -> None:
    [found] = [each for each in KINDS if each.name == kind]
    assert IDS[name] in place(found, str(uuid4()))
