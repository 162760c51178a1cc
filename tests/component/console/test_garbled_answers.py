"""Whatever services answer, at once and on every page: a page comes, with a way on, and says who is to blame."""

from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
from tests.component.console.browser import Browser
from tests.component.console.conftest import log_in
from tests.component.console.outside import StubIssuer, problem
from tests.component.console.test_operators import PAGES as OPERATORS_PAGES
from tests.component.console.test_panels import PAGES

ID = str(uuid4())
MORE = (
    f"/connections/{ID}",
    f"/connections/{ID}/remove",
    f"/imports/{ID}",
    f"/imports/{ID}/profiles",
    f"/imports/{ID}/assign",
    f"/plans/{ID}?session={ID}",
    f"/runs/{ID}",
    f"/administrations/{ID}/schedule",
    f"/administrations/{ID}/remove",
)
LISTS = (
    "administrations",
    "attempt_errors",
    "changes",
    "failures",
    "grants",
    "resources",
    "results",
    "steps",
)
ODD: dict[str, object] = {
    "id": 5,
    "name": None,
    "state": [],
    "items": [{}],
    "paused": "yes",
    "health": 1,
} | dict.fromkeys(LISTS, 7)
ANSWERS = {
    "503": problem(503, "database_unavailable"),
    "no JSON": httpx.Response(200, text="<html>"),
    "a list": httpx.Response(200, json=[1, {}]),
    "nothing": httpx.Response(200, json=None),
    "items that are none": httpx.Response(200, json={"items": {"a": 1}, "next_cursor": 5, "total": "many"}),
    "rows without fields": httpx.Response(
        200, json={"items": [{}, None, 5], "next_cursor": None, "total": 1}
    ),
    "fields of other kinds": httpx.Response(200, json=ODD),
}


@pytest.fixture
async def operator(guest: Browser, stub_issuer: StubIssuer) -> Browser:
    """Who sees every page."""
    stub_issuer.claims["rights"] = ["operator"]
    await log_in(guest, stub_issuer)
    return guest


def all_say(answer: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
    """Every service, to whatever is asked."""

    def handle(request: httpx.Request) -> httpx.Response:
        del request
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)

    return handle


@pytest.mark.parametrize("path", [*PAGES, *MORE, *OPERATORS_PAGES])
async def test_no_answer_of_a_service_breaks_a_page(operator: Browser, path: str) -> None:
    transport = operator.http._transport.app.state.parts.http._transport  # type: ignore[attr-defined]
    broken = []
    for name, answer in ANSWERS.items():
        transport.handler = all_say(answer)
        page = await operator.get(path)
        if "Hoofdmenu" not in page.html or "<h1>" not in page.html or "Er ging iets mis" in page.words:
            broken.append((name, page.status))
    assert broken == []
