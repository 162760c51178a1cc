"""The import wizard: 300 candidates, KvK numbers a row and a column at a time, assigning, preview, undo."""

from typing import Any

import httpx
import pytest
from tests.component.console.browser import Browser, Page
from tests.component.console.outside import Outside, problem
from tests.component.console.world import PATH, PLAN, SESSION, candidate, imported, plan, selecting, session

SELECTION, PROFILES = f"{PATH}/selection", f"{PATH}/profiles"


async def test_what_is_under_way_says_how_far_it_is(browser: Browser, outside: Outside) -> None:
    outside.says("GET", "import-svc", PATH, session("discovering"))
    page = await browser.get(f"/imports/{SESSION}")
    assert "0 van 1 logins doorzocht" in page.words
    assert 'hx-trigger="every 2s"' in page.html
    assert "Verversen" in page.links


@pytest.mark.parametrize("state", ["failed", "expired"])
async def test_an_import_that_ended_can_be_started_again(
    browser: Browser, outside: Outside, state: str
) -> None:
    failure = {"code": "discovery_endless", "detail": "No end.", "who_must_act": "provider"}
    outside.says("GET", "import-svc", PATH, session(state, failure=failure if state == "failed" else None))
    page = await browser.get(f"/imports/{SESSION}")
    assert page.form("/imports").fields


async def test_what_a_search_does_not_show_stays_selected(browser: Browser, outside: Outside) -> None:
    every = [candidate(n, selected=n < 3) for n in range(300)]
    selecting(outside, *every)
    outside.says("PUT", "import-svc", SELECTION, {"candidate_ids": [], "version": 8})
    page = await browser.get(f"/imports/{SESSION}?q=bedrijf 29")
    assert "10 van 300 getoond, 3 geselecteerd." in page.words
    await browser.post(page.form("/selection"), "save", selected=[every[295]["id"]])
    sent = outside.body("PUT", "import-svc", SELECTION)
    assert sent["candidate_ids"] == [each["id"] for each in (*every[:3], every[295])]
    assert sent["version"] == 7


async def test_a_closed_company_is_told_in_the_language_of_the_page_only(
    browser: Browser, outside: Outside
) -> None:
    """import-svc says in English what the state says; of another check it says more than the page knows."""
    closed = {"check": "company_readable", "ok": False, "detail": "This company is blocked."}
    unset = {"check": "setup_complete", "ok": False, "detail": "No fiscal year 2026."}
    selecting(outside, candidate(1, status="blocked", preflight=[closed]), candidate(2, preflight=[unset]))
    page = await browser.get(f"/imports/{SESSION}")
    assert "geblokkeerd ! niet te lezen" in page.words
    assert "This company is blocked." not in page.words
    assert "No fiscal year 2026." in page.words


async def test_all_that_is_shown_leaves_out_what_cannot_be_imported(
    browser: Browser, outside: Outside
) -> None:
    able = [candidate(n) for n in range(3)]
    unable = [
        candidate(7, already_imported=True),
        candidate(8, status="archived"),
        candidate(9, kind="dossier"),
        candidate(10, seen_as="gone"),
    ]
    selecting(outside, *able, *unable)
    outside.says("PUT", "import-svc", SELECTION, {"candidate_ids": [], "version": 8})
    page = await browser.get(f"/imports/{SESSION}")
    await browser.post(page.form("/selection"), "all")
    assert outside.body("PUT", "import-svc", SELECTION)["candidate_ids"] == [each["id"] for each in able]
    for words in ("al geïmporteerd", "gearchiveerd", "dossier zonder boekhouding", "niet meer zichtbaar"):
        assert words in page.words


async def test_a_selection_that_a_second_tab_changed_is_kept_on_the_page(
    browser: Browser, outside: Outside
) -> None:
    every = [candidate(n) for n in range(3)]
    selecting(outside, *every)
    outside.says("PUT", "import-svc", SELECTION, problem(409, "import_session_changed"))
    page = await browser.get(f"/imports/{SESSION}")
    page = await browser.post(page.form("/selection"), "go_on", selected=[every[1]["id"]])
    assert page.status == 409
    assert "Iemand anders heeft de selectie intussen gewijzigd." in page.words
    assert ("selected", every[1]["id"]) in page.form("/selection").fields


async def test_rows_that_are_wrong_are_named_and_the_others_are_stored(
    browser: Browser, outside: Outside
) -> None:
    rows = [candidate(n, selected=True) for n in range(3)]
    page = await _profiles(browser, outside, rows)
    refused = [{"pointer": "/items/1/kvk_number", "code": "kvk_number_invalid", "message": "8 digits"}]
    outside.says("PUT", "import-svc", PROFILES, {"items": [], "errors": refused, "version": 8})
    typed = {f"kvk.{row['id']}": number for row, number in zip(rows, ("75904695", "12", ""), strict=True)}
    page = await browser.post(page.form("/profiles"), "save", **typed)
    sent = outside.body("PUT", "import-svc", PROFILES)
    assert [item["kvk_number"] for item in sent["items"]] == ["75904695", "12"]
    assert (sent["partial"], sent["version"]) == (True, 7)
    assert "Deze rijen zijn niet bewaard; de andere wel." in page.words
    assert page.links["Bedrijf 001: Een KvK-nummer heeft 8 cijfers."] == f"#kvk-{rows[1]['id']}"
    assert (f"kvk.{rows[1]['id']}", "12") in page.form("/profiles").fields


async def test_a_pasted_column_fills_the_rows_in_order(browser: Browser, outside: Outside) -> None:
    rows = [candidate(n, selected=True) for n in range(300)]
    page = await _profiles(browser, outside, rows)
    outside.says("PUT", "import-svc", PROFILES, {"items": [], "errors": [], "version": 8})
    column = "\r\n".join(["75 904 695", "", *(f"{n:08}" for n in range(2, 300))])
    await browser.post(page.form("/profiles"), "save", pasted=column)
    sent = {
        item["candidate_id"]: item["kvk_number"]
        for item in outside.body("PUT", "import-svc", PROFILES)["items"]
    }
    assert len(sent) == 299
    assert (sent[rows[0]["id"]], sent[rows[299]["id"]]) == ("75904695", "00000299")


async def test_what_the_package_and_the_register_know_is_not_sent_back(
    browser: Browser, outside: Outside
) -> None:
    rows = [
        candidate(0, selected=True, kvk_number="75904695", sector={"code": "C"}, sector_source="registry")
    ]
    page = await _profiles(browser, outside, rows)
    outside.says("POST", "import-svc", f"{PATH}/confirm", {"administrations": []})
    await browser.post(page.form("/profiles"), "import")
    assert not outside.asked("PUT", "import-svc", PROFILES)
    assert outside.body("POST", "import-svc", f"{PATH}/confirm") == {"version": 7}


async def test_an_import_that_lacks_something_names_each_row(browser: Browser, outside: Outside) -> None:
    errors = [{"code": "profile_missing", "message": "Nothing is known."}]
    page = await _profiles(browser, outside, [candidate(0, selected=True, errors=errors)])
    outside.says("POST", "import-svc", f"{PATH}/confirm", problem(409, "profile_incomplete"))
    page = await browser.post(page.form("/profiles"), "import")
    assert "Bedrijf 000: Vul een KvK-nummer in, of een sector met de reden." in page.words


async def test_a_service_that_stops_in_the_middle_loses_nothing(browser: Browser, outside: Outside) -> None:
    rows = [candidate(0, selected=True)]
    page = await _profiles(browser, outside, rows)
    outside.says("PUT", "import-svc", PROFILES, httpx.ConnectError("refused"))
    page = await browser.post(page.form("/profiles"), "save", **{f"kvk.{rows[0]['id']}": "75904695"})
    assert page.status == 503
    assert "import-svc antwoordt niet." in page.words
    assert (f"kvk.{rows[0]['id']}", "75904695") in page.form("/profiles").fields


async def test_assigning_begins_with_the_beheerders_and_all_of_the_import(
    browser: Browser, outside: Outside
) -> None:
    imported(outside, "Bakkerij", "Slagerij")
    users = [
        {"id": f"u{n}", "name": f"Persoon {n}", "role": role} for n, role in enumerate(("beheerder", "user"))
    ]
    outside.lists("assignment-svc", "/v1/users", *users)
    outside.lists("assignment-svc", "/v1/divisions", {"id": "d1", "name": "Noord"})
    outside.says("POST", "assignment-svc", "/v1/assignment-plans", plan())
    outside.says("GET", "assignment-svc", f"/v1/assignment-plans/{PLAN}", plan())
    page = await browser.get(f"/imports/{SESSION}")
    page = await browser.post(page.form("/assign"), division_id="d1")
    sent = outside.body("POST", "assignment-svc", "/v1/assignment-plans")
    assert sent == {
        "import_session_id": SESSION,
        "set": {"division_id": "d1", "users": {"mode": "replace", "ids": ["u0"]}},
    }
    assert "Preview van de toewijzing" in page.words
    assert str(page.answer.url).endswith(f"/plans/{PLAN}?session={SESSION}")


async def test_a_preview_is_applied_and_undone(browser: Browser, outside: Outside) -> None:
    place = f"/v1/assignment-plans/{PLAN}"
    outside.says("GET", "assignment-svc", place, plan())
    page = await browser.get(f"/plans/{PLAN}")
    outside.says("POST", "assignment-svc", f"{place}/apply", plan("applied"))
    outside.says("GET", "assignment-svc", place, plan("applied"))
    page = await browser.post(page.form("/apply"))
    assert "Klaar" in page.words
    outside.says("POST", "assignment-svc", f"{place}/undo", plan("undone"))
    outside.says("GET", "assignment-svc", place, plan("undone"))
    page = await browser.post(page.form("/undo"))
    assert "de toewijzing is weer zoals zij was" in page.words


async def test_a_preview_that_is_stale_offers_what_still_holds(browser: Browser, outside: Outside) -> None:
    place = f"/v1/assignment-plans/{PLAN}"
    outside.says("GET", "assignment-svc", place, plan())
    outside.says("POST", "assignment-svc", f"{place}/apply", problem(409, "plan_stale"))
    page = await browser.post((await browser.get(f"/plans/{PLAN}")).form("/apply"))
    assert page.status == 409
    outside.says("POST", "assignment-svc", f"{place}/apply", plan("applied"))
    await browser.post(page.form("/apply", 1))
    assert outside.body("POST", "assignment-svc", f"{place}/apply") == {"partial": True}


async def test_the_step_one_comes_back_to_tomorrow_is_where_the_import_is(
    browser: Browser, outside: Outside
) -> None:
    imported(outside, "Bakkerij")
    for path in (f"/imports/{SESSION}", f"/imports/{SESSION}/profiles"):
        page = await browser.get(path)
        assert str(page.answer.url).endswith(f"/imports/{SESSION}/assign")


async def _profiles(browser: Browser, outside: Outside, rows: list[dict[str, Any]]) -> Page:
    selecting(outside, *rows)
    return await browser.get(f"/imports/{SESSION}/profiles")
