"""Every form of the way to an import, sent twice; gone back to and sent otherwise; and names and columns as people have them."""

from typing import Any

import pytest
from tests.component.console.browser import Browser, Form, Page
from tests.component.console.outside import Outside, problem
from tests.component.console.world import (
    CONNECTION,
    PATH,
    PLAN,
    PROVIDER,
    SESSION,
    candidate,
    imported,
    plan,
    selecting,
    session,
)

RUN = "0198c0de-0000-7000-8000-000000000031"
ONE = "0198c0de-0000-7000-8000-000000000032"
PENDING = {"id": CONNECTION, "state": "pending", "authorization_url": "https://books.example/login"}
PROFILES = f"{PATH}/profiles"
STORED = {"items": [], "errors": [], "version": 8}
_FORMS = {
    "new connection": ("/connections/new?provider=books", "/connections/new", {"name": "Kantoor"}),
    "login": (f"/connections/{CONNECTION}", "/log-in", {}),
    "start of an import": (f"/connections/{CONNECTION}", "/imports", {}),
    "selection": (f"/imports/{SESSION}", "/selection", {"selected": candidate(1)["id"]}),
    "profiles": (f"/imports/{SESSION}/profiles", "/profiles", {"pasted": "75904695"}),
    "assignment": (f"/imports/{ONE}/assign", "/assign", {"division_id": "d1"}),
    "apply": (f"/plans/{PLAN}", "/apply", {}),
    "sync": (f"/connections/{CONNECTION}", "/syncs", {"administration_ids": ONE}),
}


@pytest.fixture(autouse=True)
def services(outside: Outside) -> None:
    """Enough of everything for each form to be there, and taken."""
    grant = {"id": "g", "state": "active", "company": {"name": "Slagerij"}}
    connection = {"id": CONNECTION, "provider": "books", "state": "active", "grants": [grant]}
    outside.says("GET", "connection-svc", f"/v1/connections/{CONNECTION}", connection)
    outside.lists("connection-svc", "/v1/providers", PROVIDER)
    outside.says("POST", "connection-svc", "/v1/connections", PENDING)
    outside.says("POST", "connection-svc", f"/v1/connections/{CONNECTION}/authorizations", PENDING)
    outside.lists("import-svc", "/v1/administrations", {"id": ONE, "name": "Een"})
    outside.says("POST", "import-svc", "/v1/import-sessions", session("discovering"))
    selecting(outside, *(candidate(number, selected=True) for number in range(3)))
    outside.says("PUT", "import-svc", f"{PATH}/selection", {"candidate_ids": [], "version": 8})
    outside.says("PUT", "import-svc", PROFILES, STORED)
    outside.says("GET", "import-svc", f"/v1/import-sessions/{ONE}/summary", {"administrations": []})
    outside.lists(
        "assignment-svc", "/v1/divisions", {"id": "d1", "name": "Noord"}, {"id": "d2", "name": "Zuid"}
    )
    outside.says("POST", "assignment-svc", "/v1/assignment-plans", plan())
    outside.says("GET", "assignment-svc", f"/v1/assignment-plans/{PLAN}", plan())
    outside.says("POST", "assignment-svc", f"/v1/assignment-plans/{PLAN}/apply", plan("applied"))
    outside.says("POST", "sync-svc", "/v1/syncs", {"items": [{"run_id": RUN, "joined": False}]})


def _acts(outside: Outside) -> list[tuple[str, str, str | None, bytes]]:
    return [
        (call.method, str(call.url), call.headers.get("idempotency-key"), call.content)
        for call in outside.calls
        if call.method != "GET"
    ]


async def _filled(browser: Browser, name: str) -> tuple[Form, dict[str, Any]]:
    where, action, fields = _FORMS[name]
    return (await browser.get(where)).form(action), fields


@pytest.mark.parametrize("name", _FORMS)
async def test_a_form_that_is_sent_twice_asks_for_one_thing(
    browser: Browser, outside: Outside, name: str
) -> None:
    form, fields = await _filled(browser, name)
    for _ in range(2):
        assert (await browser.post(form, "save", **fields)).status in {200, 404}
    first, second = _acts(outside)
    assert first == second
    method, address, key, _ = first
    repeatable = method == "PUT" or address.endswith("/apply")
    assert key is not None or repeatable, "a service could not know that it was asked before"


@pytest.mark.parametrize("name", [name for name in _FORMS if name not in {"profiles", "selection", "apply"}])
async def test_a_form_that_one_goes_back_to_and_sends_otherwise_is_another_wish(
    browser: Browser, outside: Outside, name: str
) -> None:
    form, fields = await _filled(browser, name)
    await browser.post(form, **fields)
    await browser.post(form, **{**fields, "division_id": "d2", "name": "Anders"})
    first, second = (key for _, _, key, _ in _acts(outside))
    assert first != second, "the service refuses one key with two wishes"


async def test_what_is_pasted_of_a_key_is_no_part_of_what_names_the_call(
    browser: Browser, outside: Outside
) -> None:
    form, _ = await _filled(browser, "new connection")
    await browser.post(form, **{"credential.key": "one-secret"})
    await browser.post(form, **{"credential.key": "another"})
    first, second = (key for _, _, key, _ in _acts(outside))
    assert first == second


@pytest.mark.parametrize("refused", ["profiles", "confirm"])
async def test_a_second_click_on_importing_leads_to_what_was_imported(
    browser: Browser, outside: Outside, refused: str
) -> None:
    form, fields = await _filled(browser, "profiles")
    late = problem(409, "import_session_not_selecting")
    outside.says("POST", "import-svc", f"{PATH}/confirm", late)
    if refused == "profiles":
        outside.says("PUT", "import-svc", PROFILES, late)
    imported(outside, "Bakkerij")
    page = await browser.post(form, "import", **fields)
    assert str(page.answer.url).endswith(f"/imports/{SESSION}/assign")


async def test_a_selection_that_comes_after_the_import_leads_to_what_was_imported(
    browser: Browser, outside: Outside
) -> None:
    form, fields = await _filled(browser, "selection")
    outside.says("PUT", "import-svc", f"{PATH}/selection", problem(409, "import_session_not_selecting"))
    imported(outside, "Bakkerij")
    page = await browser.post(form, "go_on", **fields)
    assert str(page.answer.url).endswith(f"/imports/{SESSION}/assign")


async def test_lines_that_belong_to_no_row_are_told_before_anything_is_imported(
    browser: Browser, outside: Outside
) -> None:
    form, _ = await _filled(browser, "profiles")
    column = "\r\n75904695\x00\r\n\u202b12345678\u202c\r\n<b>87654321</b>"
    page = await browser.post(form, "import", pasted=column)
    sent = [each["kvk_number"] for each in outside.body("PUT", "import-svc", PROFILES)["items"]]
    assert sent == ["75904695", "12345678"]
    assert "hoort 1 bij geen rij" in page.words
    assert "<b>87654321</b>" in page.words
    assert "<b>8765" not in page.html
    assert not outside.asked("POST", "import-svc", f"{PATH}/confirm")


async def test_a_column_of_ten_thousand_lines_is_taken_whole(browser: Browser, outside: Outside) -> None:
    form, _ = await _filled(browser, "profiles")
    column = "\r\n".join([*(f"Ander bedrijf {n}\t{n:08}" for n in range(9_999)), "Bedrijf 002\t75904695"])
    page = await browser.post(form, "save", pasted=column)
    assert outside.body("PUT", "import-svc", PROFILES)["items"][0]["candidate_id"] == candidate(2)["id"]
    assert "horen er 9.999 bij geen rij" in page.words
    assert len(page.html) < 100_000


@pytest.mark.parametrize("typed", ["x" * 300, "\u202eنام" + "ا" * 296, "<script>" * 40, "\x00naam"])
async def test_a_name_of_any_length_is_the_services_to_judge_and_stays_in_the_form(
    browser: Browser, outside: Outside, typed: str
) -> None:
    named = typed.replace("\x00", "")
    form, _ = await _filled(browser, "new connection")
    errors = [
        {"pointer": "/name", "message": "String should have at most", "code": "string_too_long", "limit": 200}
    ]
    outside.says("POST", "connection-svc", "/v1/connections", problem(422, "invalid_input", errors=errors))
    page = await browser.post(form, name=typed)
    assert outside.body("POST", "connection-svc", "/v1/connections")["name"] == named
    assert ("name", named) in page.form("/connections/new").fields
    _sees_what_is_wrong(page)
    page = await browser.get("/divisions")
    place = f"/v1/divisions/{dict(page.form('/divisions').fields)['id']}"
    outside.says("PUT", "assignment-svc", place, problem(422, "invalid_input", errors=errors))
    page = await browser.post(page.form("/divisions"), name=typed)
    assert outside.body("PUT", "assignment-svc", place) == {"name": named}
    assert ("name", named) in page.form("/divisions").fields
    _sees_what_is_wrong(page)


def _sees_what_is_wrong(page: Page) -> None:
    assert "#name" in page.links.values()
