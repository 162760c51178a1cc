"""A page follows what it shows: without anybody's doing, and seldom when nothing happens."""

from uuid import uuid4

import httpx
import pytest
from tests.component.console.browser import Browser
from tests.component.console.outside import Outside

ADMINISTRATION = str(uuid4())
ONE = f"/v1/administrations/{ADMINISTRATION}"


@pytest.mark.parametrize(("state", "trigger"), [("requested", "every 2s"), ("finished", "every 15s")])
async def test_an_administration_follows_a_sync_that_was_asked_for_and_has_not_begun(
    browser: Browser, outside: Outside, state: str, trigger: str
) -> None:
    outside.says("GET", "import-svc", ONE, {"id": ADMINISTRATION, "name": "Bakkerij De Vries"})
    outside.says("GET", "sync-svc", f"{ONE}/sync-status", {"running": None})
    outside.says("GET", "assignment-svc", f"{ONE}/assignment", {"user_ids": []})
    outside.lists("sync-svc", "/v1/sync-runs", {"id": str(uuid4()), "state": state, "mode": "incremental"})

    page = await browser.get(f"/administrations/{ADMINISTRATION}")

    syncing = page.html.partition('id="syncing"')[2].partition(">")[0]
    assert f'hx-trigger="{trigger}"' in syncing
    assert f'hx-get="/administrations/{ADMINISTRATION}"' in syncing


async def test_the_first_page_says_what_is_paused_and_who_must_act(
    browser: Browser, outside: Outside
) -> None:
    paused = {"cause": "company_inactive", "who_must_act": "customer", "resumes_when": "probe"}
    ended = {"cause": "reauthorization_required", "who_must_act": "customer", "resumes_when": "login"}
    outside.lists(
        "sync-svc",
        "/v1/sync-status",
        {"administration_id": ADMINISTRATION, "name": "Bakkerij De Vries", "paused": paused},
        {"administration_id": str(uuid4()), "name": "Kwekerij Jansen", "paused": ended},
        total=7,
    )
    page = await browser.get("/")
    assert "Bakkerij De Vries" in page.words
    assert "Het bedrijf is bij het pakket niet actief. Uw kantoor moet iets doen." in page.words
    assert "Kwekerij Jansen" not in page.words, "who has to log in is a line of its own"
    assert page.links["Alle 7 pauzes"] == "/administrations?paused=1"
    assert "alles loopt" not in page.words


async def test_a_service_that_is_away_is_said_once_where_it_was_asked_for_three_things(
    browser: Browser, outside: Outside
) -> None:
    for path in ("/v1/reauthorizations", "/v1/held-deletions", "/v1/sync-status"):
        outside.says("GET", "sync-svc", path, httpx.ConnectError("refused"))
    page = await browser.get("/")
    assert page.words.count("sync-svc antwoordt niet.") == 1


async def test_a_run_that_held_deletions_says_so_once_and_who_decides(
    browser: Browser, outside: Outside
) -> None:
    run = str(uuid4())
    failure = {"code": "too_many_vanished", "who_must_act": "us", "detail": "80 of 120 are missing."}
    told = {"id": run, "state": "finished", "outcome": "partial", "failure": failure, "held_deletions": 1}
    outside.says("GET", "sync-svc", f"/v1/sync-runs/{run}", told)
    page = await browser.get(f"/runs/{run}")
    assert page.words.count("verdween te veel") == 1
    assert "Wij moeten iets doen" not in page.words, "the office decides"
    assert page.links["Beoordelen"] == "/held-deletions"
