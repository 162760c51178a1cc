"""Each panel has its own stand: a silent, slow, garbled or forbidding service costs its panel, never the page."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from tests.component.console.browser import Browser
from tests.component.console.conftest import log_in
from tests.component.console.outside import SERVICES, Outside, StubIssuer, problem

from koppel.testing.trickling import Trickling
from koppel_console.services import calls as calls_module

ADMINISTRATION = str(uuid4())
ONE = f"/v1/administrations/{ADMINISTRATION}"
PAGES = (
    "/",
    "/connections",
    "/connections/new",
    "/administrations",
    f"/administrations/{ADMINISTRATION}",
    f"/administrations/{ADMINISTRATION}/records",
    f"/administrations/{ADMINISTRATION}/runs",
    f"/administrations/{ADMINISTRATION}/story",
    "/reauthorizations",
    "/held-deletions",
    "/users",
    "/divisions",
    "/templates",
)
HOSTILE = '<img src=x onerror="alert(1)">'
RIGHT_TO_LEFT = "\u202eשלום\u202c"


@pytest.fixture(autouse=True)
def administration(outside: Outside) -> None:
    outside.says(
        "GET", "import-svc", ONE, {"id": ADMINISTRATION, "name": "Bakkerij De Vries", "connection_id": "c"}
    )
    status = {
        "last_synced_at": "2026-11-29T13:02:11Z",
        "last_outcome": "changed",
        "last_duration_seconds": 65.0,
    }
    outside.says("GET", "sync-svc", f"{ONE}/sync-status", status)
    outside.says("GET", "assignment-svc", f"{ONE}/assignment", {"user_ids": []})


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_that_is_away_blanks_no_page(
    browser: Browser, outside: Outside, path: str, service: str
) -> None:
    real = outside.handle

    def away(request: httpx.Request) -> httpx.Response:
        if request.url.host == service:
            raise httpx.ConnectError("refused")
        return real(request)

    browser.http._transport.app.state.parts.http._transport.handler = away  # type: ignore[attr-defined]
    page = await browser.get(path)
    assert page.status in {200, 503}
    assert "<h1>" in page.html
    assert "Hoofdmenu" in page.html
    assert page.status == 200 or f"{service} antwoordt niet." in page.words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.ConnectError("refused"), "sync-svc antwoordt niet."),
        (problem(503, "database_unavailable"), "sync-svc kan niet bij zijn gegevens."),
        (httpx.Response(200, text="<html>"), "sync-svc antwoordde onleesbaar."),
        (httpx.Response(500, text="boom"), "http_500"),
        (problem(500, "internal_error", HOSTILE), "&lt;img"),
    ],
)
async def test_what_a_silent_service_said_last_is_shown_with_its_time(
    browser: Browser, outside: Outside, answer: Any, words: str
) -> None:
    page = await browser.get(f"/administrations/{ADMINISTRATION}")
    assert "1 min 5 s" in page.words
    assert "stand " not in page.words
    outside.says("GET", "sync-svc", f"{ONE}/sync-status", answer)
    page = await browser.get(f"/administrations/{ADMINISTRATION}")
    assert page.status == 200
    assert "1 min 5 s" in page.words
    assert words in page.html
    assert "stand " in page.words
    assert 'class="panel old"' in page.html


async def test_what_was_never_known_is_a_problem_with_a_code_and_a_reference(
    browser: Browser, outside: Outside
) -> None:
    outside.says("GET", "sync-svc", "/v1/held-deletions", httpx.ReadTimeout("slow"))
    page = await browser.get("/held-deletions")
    assert "Wij moeten iets doen" in page.words
    assert "service_away" in page.words
    assert page.answer.headers["x-correlation-id"] in page.words


async def test_nobody_is_told_that_all_is_well_by_what_was_known_before(
    browser: Browser, outside: Outside
) -> None:
    assert "alles loopt" in (await browser.get("/")).words
    outside.says("GET", "sync-svc", "/v1/held-deletions", httpx.ConnectError("refused"))
    assert "alles loopt" not in (await browser.get("/")).words


async def test_a_slow_service_costs_its_panel_only(
    browser: Browser, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls_module, "READ_SECONDS", 0.05)
    real = outside.handle

    async def slow(request: httpx.Request) -> httpx.Response:
        if request.url.host == "sync-svc":
            await asyncio.Event().wait()
        return real(request)

    browser.http._transport.app.state.parts.http._transport.handler = slow  # type: ignore[attr-defined]
    page = await browser.get("/")
    assert "sync-svc antwoordt niet op tijd." in page.words
    assert "+ Nieuwe verbinding" in page.links


async def test_a_body_that_trickles_is_a_service_that_is_slow(
    browser: Browser, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls_module, "READ_SECONDS", 0.2)
    outside.says("GET", "sync-svc", "/v1/held-deletions", httpx.Response(200, stream=Trickling()))
    page = await browser.get("/held-deletions")
    assert "sync-svc antwoordt niet op tijd." in page.words


async def test_a_list_of_many_slow_pages_ends_in_time_and_says_what_is_missing(
    browser: Browser, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page came in time, and the next began anew."""
    monkeypatch.setattr(calls_module, "READ_SECONDS", 0.3)
    entry = {"id": str(uuid4()), "name": "Team Noord"}
    real, asked = outside.handle, list[str]()

    async def slow(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/divisions":
            asked.append(str(request.url))
            await asyncio.sleep(0.1)
            return httpx.Response(200, json={"items": [entry], "next_cursor": f"c{len(asked)}"})
        return real(request)

    browser.http._transport.app.state.parts.http._transport.handler = slow  # type: ignore[attr-defined]
    page = await browser.get("/divisions")
    assert "assignment-svc antwoordt niet op tijd." in page.words
    assert "Team Noord" in page.words
    assert len(asked) < 10


async def test_another_person_sees_nothing_that_was_remembered(
    app: FastAPI, browser: Browser, outside: Outside, stub_issuer: StubIssuer
) -> None:
    await browser.get(f"/administrations/{ADMINISTRATION}")
    stub_issuer.claims["org"] = str(uuid4())
    other = Browser(app)
    await log_in(other, stub_issuer)
    outside.says("GET", "sync-svc", f"{ONE}/sync-status", httpx.ConnectError("refused"))
    page = await other.get(f"/administrations/{ADMINISTRATION}")
    assert "1 min 5 s" not in page.words


async def test_what_a_role_may_not_see_is_said_and_the_rest_is_shown(
    browser: Browser, outside: Outside
) -> None:
    outside.says("GET", "sync-svc", "/v1/held-deletions", problem(403, "forbidden", "Not for your role."))
    page = await browser.get(f"/administrations/{ADMINISTRATION}")
    assert page.status == 200
    page = await browser.get("/held-deletions")
    assert "Uw rol mag dit niet." in page.words


@pytest.mark.parametrize("name", [HOSTILE, RIGHT_TO_LEFT, "x" * 300, "{{ 7 * 7 }}", "{name}", "%s"])
async def test_a_name_is_text_whatever_stands_in_it(browser: Browser, outside: Outside, name: str) -> None:
    outside.says("GET", "import-svc", ONE, {"id": ADMINISTRATION, "name": name, "connection_id": name})
    outside.lists("sync-svc", "/v1/sync-status", {"administration_id": ADMINISTRATION, "name": name})
    outside.lists("assignment-svc", "/v1/users", {"id": "u", "name": name, "email": name, "role": name})
    for path in (f"/administrations/{ADMINISTRATION}", "/administrations", "/users"):
        page = await browser.get(path)
        assert page.status == 200
        assert HOSTILE not in page.html
        assert name in page.words or path == "/users"


async def test_a_search_keeps_its_words_in_the_address_and_in_the_command(
    browser: Browser, outside: Outside
) -> None:
    page = await browser.get("/administrations?q=de%20vries&outcome=failed&paused=1")
    asked = outside.asked("GET", "sync-svc", "/v1/sync-status")[0]
    assert dict(asked.url.params) == {
        "q": "de vries", "outcome": "failed", "paused": "true", "sort": "name", "limit": "50", "total": "true",
    }  # fmt: skip
    assert "koppel sync-status list --q 'de vries' --outcome failed --paused" in page.words


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_its_title_its_command_and_both_languages(browser: Browser, path: str) -> None:
    page = await browser.get(path)
    assert page.html.partition("<title>")[2].partition(" · Koppel</title>")[0]
    assert "koppel " in page.html.partition('<p class="command">')[2]
    english = await browser.get(path, **{"Accept-Language": "en"})
    assert 'lang="en"' in english.html
    assert english.status == page.status


async def test_an_act_asks_once_however_often_the_form_is_sent(browser: Browser, outside: Outside) -> None:
    run = str(uuid4())
    outside.says("POST", "sync-svc", "/v1/syncs", {"items": [{"run_id": run, "joined": False}]})
    form = (await browser.get(f"/administrations/{ADMINISTRATION}")).form("/syncs")
    for _ in range(2):
        answer = await browser.send(form.action, form.fields)
        assert str(answer.answer.url).endswith(f"/runs/{run}")
    calls = outside.asked("POST", "sync-svc", "/v1/syncs")
    assert len({call.headers["idempotency-key"] for call in calls}) == 1


async def test_a_run_that_waits_says_for_what_and_shows_no_empty_bar(
    browser: Browser, outside: Outside
) -> None:
    run = str(uuid4())
    told = {"id": run, "administration_id": ADMINISTRATION, "state": "queued", "percent": 0, "mode": "full"}
    outside.says("GET", "sync-svc", f"/v1/sync-runs/{run}", told)
    page = await browser.get(f"/runs/{run}")
    assert "wacht op zijn beurt" in page.words
    assert "<progress" not in page.html
    outside.says(
        "GET", "sync-svc", f"/v1/sync-runs/{run}", told | {"state": "deferred", "waiting_for": "budget"}
    )
    assert "wacht tot het pakket weer vragen toelaat" in (await browser.get(f"/runs/{run}")).words


@pytest.mark.parametrize("verdict", ["release", "reject"])
async def test_a_held_deletion_is_decided_with_a_reason(
    browser: Browser, outside: Outside, verdict: str
) -> None:
    held = str(uuid4())
    row = {"id": held, "administration_id": ADMINISTRATION, "resource": "contact", "count": 40, "of": 50}
    outside.lists("sync-svc", "/v1/held-deletions", row)
    named = {"administration_id": ADMINISTRATION, "name": "Bakkerij De Vries"}
    outside.lists("sync-svc", "/v1/sync-status", named)
    outside.says("POST", "sync-svc", f"/v1/held-deletions/{held}/{verdict}", {"id": held})
    page = await browser.get("/held-deletions")
    assert "Bakkerij De Vries" in page.words, "who decides has to know of which company"
    form = page.form("/release")
    form.action = f"/held-deletions/{held}/{verdict}"
    page = await browser.post(form, reason="Opgeruimd")
    assert outside.body("POST", "sync-svc", f"/v1/held-deletions/{held}/{verdict}") == {"reason": "Opgeruimd"}
    assert {"release": "wordt verwijderd.", "reject": "De gegevens blijven"}[verdict] in page.words


async def test_a_schedule_keeps_what_the_form_does_not_show(browser: Browser, outside: Outside) -> None:
    place = f"{ONE}/sync-policy"
    policy = {
        "enabled": True,
        "preset": "hourly",
        "resources": ["contact"],
        "sweep": "weekly",
        "freshness_minutes": 90,
    }
    outside.says("GET", "sync-svc", place, policy)
    outside.says("PUT", "sync-svc", place, policy)
    page = await browser.get(f"/administrations/{ADMINISTRATION}/schedule")
    await browser.post(page.form("/schedule"), rhythm="cron", cron="0 6 * * 1-5")
    assert outside.body("PUT", "sync-svc", place) == {
        "enabled": True, "resources": ["contact"], "sweep": "weekly", "freshness_minutes": 90, "cron": "0 6 * * 1-5",
    }  # fmt: skip


async def test_the_story_of_an_administration_is_one_of_all_services(
    browser: Browser, outside: Outside
) -> None:
    run, told = str(uuid4()), "/v1/events"
    outside.lists(
        "connection-svc", told, {"type": "nl.koppel.ConnectionAuthorized.v1", "at": "2026-11-29T10:00:00Z"}
    )
    outside.lists(
        "import-svc", told, {"type": "nl.koppel.AdministrationImported.v1", "at": "2026-11-29T10:01:00Z"}
    )
    outside.lists(
        "sync-svc",
        told,
        {"type": "nl.koppel.SyncCompleted.v1", "at": "2026-11-29T10:03:00Z", "ids": {"run_id": run}},
        {"type": "nl.koppel.RecordChanged.v1", "at": "2026-11-29T10:02:00Z", "count": 1200},
        {"type": "nl.koppel.NewerThanThis.v1", "at": "2026-11-29T10:04:00Z"},
    )
    outside.says("GET", "assignment-svc", told, httpx.ConnectError("refused"))
    page = await browser.get(f"/administrations/{ADMINISTRATION}/story?since=2026-11-29&until=2026-11-29")
    places = [
        page.words.index(words)
        for words in (
            "Iemand logde in bij het pakket.",
            "De administratie werd geïmporteerd.",
            "Gegevens werden bijgewerkt. × 1.200",
            "De synchronisatie was klaar.",
            "NewerThanThis",
        )
    ]
    assert places == sorted(places)
    assert f"/runs/{run}" in page.links.values() or f"/runs/{run}" in page.html
    assert "assignment-svc antwoordt niet." in page.words
    asked = outside.asked("GET", "import-svc", told)[0].url.params
    assert (asked["from"], asked["to"]) == ("2026-11-28T23:00:00Z", "2026-11-29T23:00:00Z")


@pytest.mark.parametrize("since", ["yesterday", "2026-13-01", "2026-11-29T00:00", "é" * 10])
async def test_a_day_that_is_none_is_passed_over(browser: Browser, since: str) -> None:
    for path in ("story", "runs"):
        page = await browser.get(f"/administrations/{ADMINISTRATION}/{path}?since={since}")
        assert page.status == 200
