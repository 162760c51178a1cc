"""The operators' screens as a whole: whose they are, each service's own stand, and the command that does the same."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.component.console.browser import Browser
from tests.component.console.commands import accepts, line_of
from tests.component.console.conftest import log_in
from tests.component.console.operators import (
    ADMINISTRATION,
    CAUSE,
    EVENT,
    PARKED,
    RELEASE,
    stock,
)
from tests.component.console.outside import SERVICES, Outside, StubIssuer, problem

from koppel_console.screens.operations.all_organisations import LISTS

QUERY = "service=sync-svc&consumer=sync-svc&code=grant_of_another_organisation&kind=permanent&type=x"
PAGES = (
    "/ops",
    "/ops/causes",
    f"/ops/cause?{QUERY}",
    f"/ops/parked/sync-svc/{EVENT}",
    "/ops/releases",
    f"/ops/releases/sync-svc/{RELEASE}",
    "/ops/replays",
    "/ops/replays/new",
    "/ops/consumers",
    f"/ops/streams?topic=koppel.administration.v1&key={ADMINISTRATION}",
    "/ops/streams",
    f"/ops/events?event_id={EVENT}",
    "/ops/events",
    f"/ops/timeline/{ADMINISTRATION}",
    *(f"/ops/{each.name}" for each in LISTS),
    "/ops/organisations",
    "/ops/audit",
    "/ops/budget?provider=exact_online&add=200",
    "/ops/freshness",
    f"/ops/find?id={EVENT}",
    "/ops/find?id=bakkerij",
)
EMPTY_FORMS = ("/ops/replays/new", "/ops/streams", "/ops/find?id=bakkerij")
"""These ask nothing yet, so no command does the same."""
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture
async def operator(guest: Browser, stub_issuer: StubIssuer, outside: Outside) -> Browser:
    """An operator's browser; one parked event and one release are there."""
    stub_issuer.claims["rights"] = ["operator"]
    await log_in(guest, stub_issuer)
    stock(outside)
    return guest


@pytest.mark.parametrize("path", PAGES)
async def test_who_is_no_operator_sees_why_and_asks_no_service(
    browser: Browser, outside: Outside, path: str
) -> None:
    page = await browser.get(path)
    assert page.status == 403
    assert "Geen toegang" in page.words
    assert "Dit is voor beheerders van Koppel." in page.words
    assert "operator_required" in page.words
    assert not outside.calls
    assert "Beheer" not in page.links


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_its_title_and_a_command_that_is_one(operator: Browser, path: str) -> None:
    page = await operator.get(path)
    assert page.status == 200
    assert page.html.partition("<title>")[2].partition(" · Koppel</title>")[0]
    if path not in EMPTY_FORMS:
        accepts(line_of(page.html))
    english = await operator.get(path, **{"Accept-Language": "en"})
    assert english.status == 200


@pytest.mark.parametrize("path", PAGES)
async def test_a_service_that_is_silent_greys_its_own_panel_only(
    operator: Browser, outside: Outside, path: str
) -> None:
    before = await operator.get(path)
    asked = {call.url.host for call in outside.calls if call.url.path.startswith("/ops/")}
    assert not asked or "stand" in before.words
    transport, real = operator.http._transport.app.state.parts.http._transport, outside.handle  # type: ignore[attr-defined]
    for service in SERVICES:

        def away(request: httpx.Request, service: str = service) -> httpx.Response:
            if request.url.host == service:
                raise httpx.ConnectError("refused")
            return real(request)

        transport.handler = away
        page = await operator.get(path)
        assert page.status == 200
        assert ('class="panel old"' in page.html) == (service in asked)
        assert (f"{service} antwoordt niet." in page.words) == (service in asked)


async def test_the_overview_says_what_waits_how_far_and_how_old(operator: Browser, outside: Outside) -> None:
    def standing(service: str, partition: int, seconds: float | None) -> dict[str, Any]:
        return {
            "consumer": service, "topic": "koppel.administration.v1", "partition": partition,
            "seconds_behind": seconds, "events_behind": 5, "state": "consuming",
        }  # fmt: skip

    outside.lists(
        "sync-svc", "/ops/v1/consumers", standing("sync-svc", 0, 125.0), standing("sync-svc", 1, 3.0)
    )
    outside.lists(
        "import-svc", "/ops/v1/consumers", standing("sync-svc", 0, 125.0), standing("stranger", 0, None)
    )
    outside.lists("sync-svc", "/ops/v1/sync-status", total=41)
    outside.lists("sync-svc", "/ops/v1/held-deletions", total=3)
    outside.lists(
        "sync-svc", "/ops/v1/freshness", {"provider": "exact_online", "administrations": 9000, "met": 8999}
    )
    window = {"provider": "exact_online", "window": "minute", "scope": "company", "limit": 60, "remaining": 7}
    outside.says("GET", "sync-svc", "/ops/v1/budget", {"windows": [window], "spent": [], "forecast": []})
    page = await operator.get("/ops")
    for words in (
        "grant_of_another_organisation", "125 s 10 ! loopt achter", "stranger onbekend 5",
        "8.999 / 9.000", "7 / 60", "41", "3",
    ):  # fmt: skip
        assert words in page.words, words
    assert page.links["Beheer"] == "/ops"
    [asked] = outside.asked("GET", "sync-svc", "/ops/v1/budget")
    assert asked.url.params["forecast"] == "false", "of all that is scheduled nothing is shown here"


async def test_nobody_is_told_that_nothing_waits_while_a_service_is_silent(
    operator: Browser, outside: Outside
) -> None:
    outside.lists("sync-svc", "/ops/v1/parked-causes")
    assert "Er wacht niets." in (await operator.get("/ops")).words
    outside.says("GET", "import-svc", "/ops/v1/parked-causes", httpx.ConnectError("refused"))
    assert "Er wacht niets." not in (await operator.get("/ops")).words
    assert "Er is niets geparkeerd." not in (await operator.get("/ops/causes")).words


async def test_an_operator_may_have_times_in_utc(operator: Browser, stub_issuer: StubIssuer) -> None:
    page = await operator.get(f"/ops/parked/sync-svc/{EVENT}")
    assert "29 nov 2026 11:00:00" in page.words
    page = await operator.post(page.form("/view"), clock="utc")
    assert "29 nov 2026 10:00:00 UTC" in page.words
    assert "Tijden: UTC" in page.words
    stub_issuer.claims["rights"] = []
    await log_in(operator, stub_issuer)
    assert "Tijden: Europe/Amsterdam" in (await operator.get("/")).words


async def test_what_a_service_says_is_null_is_nothing_on_the_page(
    operator: Browser, outside: Outside
) -> None:
    nothing = dict.fromkeys(("key", "version", "event_id", "type", "organisation_id", "source"))
    outside.says("GET", "sync-svc", f"/ops/v1/parked/{EVENT}", PARKED | nothing)
    outside.lists("sync-svc", "/ops/v1/parked", PARKED | nothing)
    outside.lists("import-svc", "/ops/v1/administrations", dict.fromkeys(("name", "kvk_number"), None))
    for path in (f"/ops/parked/sync-svc/{EVENT}", f"/ops/cause?{QUERY}", "/ops/administrations"):
        assert "None" not in (await operator.get(path)).html


@pytest.mark.parametrize("text", [HOSTILE, "\u202eשלום\u202c", "x" * 300, "{{ 7 * 7 }}"])
async def test_what_others_wrote_is_text(operator: Browser, outside: Outside, text: str) -> None:
    cause = {"class": "permanent", "code": text, "detail": text}
    outside.lists("sync-svc", "/ops/v1/parked-causes", CAUSE | {"code": text, "consumer": text})
    outside.says("GET", "sync-svc", f"/ops/v1/parked/{EVENT}", PARKED | {"cause": cause, "key": text})
    outside.lists("sync-svc", "/ops/v1/releases", {"id": RELEASE, "why": text, "who": text, "state": text})
    for path in PAGES:
        page = await operator.get(path)
        assert page.status == 200
        assert HOSTILE not in page.html


@pytest.mark.parametrize(
    "path",
    [
        "/ops/cause",
        "/ops/cause?service=elsewhere&consumer=a&code=b",
        "/ops/parked/elsewhere/" + str(uuid4()),
        "/ops/parked/sync-svc/no-id",
        "/ops/releases/sync-svc/..%2f..%2f",
    ],
)
async def test_an_address_that_is_none_is_a_page_that_says_so(operator: Browser, path: str) -> None:
    assert (await operator.get(path)).status == 404


async def test_what_is_gone_says_so(operator: Browser, outside: Outside) -> None:
    gone = f"/ops/v1/parked/{EVENT}"
    outside.says("GET", "sync-svc", gone, problem(404, "parked_event_not_found"))
    page = await operator.get(f"/ops/parked/sync-svc/{EVENT}")
    assert page.status == 404
    assert "wacht niet meer" in page.words
