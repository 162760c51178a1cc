"""A run, a connection and an administration of any office have a page, and every id on one leads on."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.component.console.browser import Browser
from tests.component.console.commands import accepts, line_of
from tests.component.console.outside import Outside

ID, ORGANISATION, CONNECTION, ADMINISTRATION, GRANT, REQUEST = (str(uuid4()) for _ in range(6))
HOSTILE = '<img src=x onerror="alert(1)">'
RUN: dict[str, Any] = {
    "id": ID,
    "organisation_id": ORGANISATION,
    "administration_id": ADMINISTRATION,
    "mode": "full",
    "trigger": "user",
    "requested_at": "2026-11-29T10:00:00Z",
    "state": "finished",
    "outcome": "failed",
    "calls": 12,
    "percent": 40,
    "resources": [{"resource": "contact", "state": "failed", "fetched": 1200, "changed": 7}],
    "failure": {
        "code": "provider_unavailable",
        "who_must_act": "provider",
        "detail": HOSTILE,
        "origin": "provider",
    },
    "held_deletions": [],
    "requests": [REQUEST],
}
ONE: dict[str, Any] = {
    "id": ID,
    "organisation_id": ORGANISATION,
    "provider": "books",
    "name": HOSTILE,
    "state": "active",
    "health": {"status": "healthy"},
    "grants": [
        {"id": GRANT, "state": "active", "company": {"external_id": "1", "name": HOSTILE}, "token": {}}
    ],
}


async def test_a_run_of_any_office_is_shown_whole(operator: Browser, outside: Outside) -> None:
    outside.lists("sync-svc", "/ops/v1/sync-runs", RUN)
    page = await operator.get(f"/ops/runs/{ID}")
    [call] = outside.asked("GET", "sync-svc", "/ops/v1/sync-runs")
    assert (page.status, call.url.params["run_id"]) == (200, ID)
    assert "1.200" in page.words
    assert "provider_unavailable" in page.words
    assert HOSTILE not in page.html
    places = set(page.links.values())
    assert {f"/ops/timeline/{ADMINISTRATION}", f"/ops/find?id={REQUEST}"} <= places
    assert line_of(page.html) == ["koppel", "runs", "show", ID, "--organisation", ORGANISATION]


async def test_a_connection_of_any_office_is_shown_with_its_logins_and_administrations(
    operator: Browser, outside: Outside
) -> None:
    outside.lists("connection-svc", "/ops/v1/connections", ONE)
    outside.lists("import-svc", "/ops/v1/administrations", {"id": ADMINISTRATION, "name": "Bakkerij"})
    page = await operator.get(f"/ops/connections/{ID}")
    assert page.status == 200
    assert page.links["Bakkerij"] == f"/ops/timeline/{ADMINISTRATION}"
    assert page.links[GRANT] == f"/ops/find?id={GRANT}"
    assert HOSTILE not in page.html
    accepts(line_of(page.html))


async def test_an_administration_of_any_office_says_what_it_is(operator: Browser, outside: Outside) -> None:
    row = {"id": ID, "name": HOSTILE, "connection_id": CONNECTION, "state": "removed", "provider": "books"}
    outside.lists("import-svc", "/ops/v1/administrations", row)
    page = await operator.get(f"/ops/timeline/{ID}")
    [call] = outside.asked("GET", "import-svc", "/ops/v1/administrations")
    assert call.url.params["administration_id"] == ID
    assert page.links[CONNECTION] == f"/ops/connections/{CONNECTION}"
    assert "verwijderd" in page.words
    assert HOSTILE not in page.html


@pytest.mark.parametrize(
    ("path", "service", "listed", "said"),
    [
        ("runs", "sync-svc", "sync-runs", "Deze synchronisatie is er niet (meer)."),
        ("connections", "connection-svc", "connections", "Deze verbinding is er niet (meer)."),
    ],
)
async def test_what_is_not_there_or_cannot_be_asked_for_is_said(
    operator: Browser, outside: Outside, path: str, service: str, listed: str, said: str
) -> None:
    gone = await operator.get(f"/ops/{path}/{ID}")
    assert (gone.status, said in gone.words) == (404, True)
    outside.says("GET", service, f"/ops/v1/{listed}", httpx.ConnectError("refused"))
    silent = await operator.get(f"/ops/{path}/{ID}")
    assert (silent.status, f"{service} antwoordt niet." in silent.words) == (503, True)


async def test_lists_lead_to_the_pages_of_their_rows(operator: Browser, outside: Outside) -> None:
    outside.lists("sync-svc", "/ops/v1/sync-runs", RUN)
    outside.lists("connection-svc", "/ops/v1/connections", ONE)
    waiting = {"connection_id": CONNECTION, "organisation_id": ORGANISATION, "provider": "books"}
    outside.lists("sync-svc", "/ops/v1/reauthorizations", waiting)
    for path, leads in (
        ("runs", f"/ops/runs/{ID}"),
        ("connections", f"/ops/connections/{ID}"),
        ("logins", f"/ops/connections/{CONNECTION}"),
        (f"timeline/{ADMINISTRATION}", f"/ops/runs/{ID}"),
    ):
        assert leads in (await operator.get(f"/ops/{path}")).links.values(), path
