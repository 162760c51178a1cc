"""What a service refuses of a form is said in the page's language, at the field where there is one."""

from uuid import uuid4

import pytest
from tests.component.console.browser import Browser, Page
from tests.component.console.outside import Outside, problem

ADMINISTRATION = str(uuid4())
ENGLISH = "Input should be other"
"""What pydantic says."""
ONE = f"/v1/administrations/{ADMINISTRATION}"
POLICY = f"{ONE}/sync-policy"


async def _scheduled(browser: Browser, outside: Outside, errors: list[dict[str, object]]) -> Page:
    policy = {"enabled": True, "preset": "hourly", "resources": None, "sweep": "weekly"}
    outside.says("GET", "sync-svc", POLICY, policy)
    outside.says("GET", "import-svc", ONE, {"id": ADMINISTRATION, "name": "Bakkerij De Vries"})
    outside.says("PUT", "sync-svc", POLICY, problem(422, "invalid_input", "Bad fields.", errors=errors))
    page = await browser.get(f"/administrations/{ADMINISTRATION}/schedule")
    return await browser.post(page.form("/schedule"), rhythm="interval", interval_minutes="1")


async def test_a_person_is_added_once_and_what_is_wrong_stands_at_its_field(
    browser: Browser, outside: Outside
) -> None:
    page = await browser.get("/users")
    known = dict(page.form("/users").fields)["id"]
    errors = [{"pointer": "/email", "code": "string_pattern_mismatch", "message": "String should match"}]
    outside.says("PUT", "assignment-svc", f"/v1/users/{known}", problem(422, "invalid_input", errors=errors))
    page = await browser.post(page.form("/users"), name="Jan", email="jan", role="user")
    assert page.links["Dit is geen e-mailadres."] == "#email"
    assert "String should match" not in page.words
    assert ("name", "Jan") in page.form("/users").fields
    outside.says("PUT", "assignment-svc", f"/v1/users/{known}", {"id": known})
    page = await browser.post(page.form("/users"), email="jan@example.nl")
    assert page.status == 200


async def test_a_page_without_a_place_at_the_field_lists_what_is_wrong(
    browser: Browser, outside: Outside
) -> None:
    bound = {"pointer": "/interval_minutes", "code": "greater_than_equal", "message": ENGLISH, "limit": 5}
    page = await _scheduled(browser, outside, [bound])
    assert "Niet alles is goed ingevuld." in page.words
    assert "Dit moet minstens 5 zijn." in page.words
    assert ENGLISH not in page.words


@pytest.mark.parametrize("more", [{}, {"code": "not_yet_known"}, {"code": 7, "limit": "many"}])
async def test_an_error_that_the_console_does_not_know_is_told_in_the_pages_language(
    browser: Browser, outside: Outside, more: dict[str, object]
) -> None:
    page = await _scheduled(browser, outside, [{"pointer": "/cron", "message": ENGLISH, **more}])
    assert "Dit klopt niet." in page.words
    assert ENGLISH not in page.words


async def test_a_new_connection_says_what_is_wrong_in_the_pages_language(
    browser: Browser, outside: Outside
) -> None:
    package = {"id": "exact_online", "name": "Exact Online", "auth": "oauth", "grant_covers": "many"}
    outside.lists("connection-svc", "/v1/providers", package)
    page = await browser.get("/connections/new?provider=exact_online")
    error = {"pointer": "/name", "code": "string_too_long", "message": ENGLISH, "limit": 200}
    refused = problem(422, "invalid_input", errors=[error])
    outside.says("POST", "connection-svc", "/v1/connections", refused)
    page = await browser.post(page.form("/connections/new"), name="x" * 201)
    assert page.links["Dit mag hoogstens 200 tekens lang zijn."] == "#name"
    assert ENGLISH not in page.words
