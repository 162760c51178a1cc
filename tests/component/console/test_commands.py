"""Every page shows a `koppel` line, and the command line takes it as it stands."""

import pytest
from tests.component.console.browser import Browser
from tests.component.console.commands import accepts, line_of
from tests.component.console.outside import Outside
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
from typer.exceptions import TyperException

THING = "0198c0de-0000-7000-8000-00000000000a"
ONE = f"/v1/administrations/{THING}"
PAGES = (
    "/",
    "/connections",
    f"/connections/{CONNECTION}",
    f"/connections/{CONNECTION}/remove",
    "/connections/new",
    "/connections/new?provider=books",
    f"/connections/returned?connection_id={CONNECTION}&outcome=authorized",
    f"/imports/{SESSION}",
    f"/imports/{SESSION}/profiles",
    f"/plans/{PLAN}",
    "/administrations?q=de 'vries' $(x)&outcome=failed&paused=1",
    f"/administrations/{THING}",
    f"/administrations/{THING}/remove",
    f"/administrations/{THING}/runs",
    f"/administrations/{THING}/records?resource=voucher",
    f"/administrations/{THING}/schedule",
    f"/administrations/{THING}/story",
    f"/runs/{THING}",
    "/reauthorizations",
    "/held-deletions",
    "/users",
    "/divisions",
    "/templates",
)


@pytest.fixture(autouse=True)
def world(outside: Outside) -> None:
    selecting(outside, candidate(1, selected=True))
    outside.lists("connection-svc", "/v1/providers", PROVIDER)
    outside.says(
        "GET", "connection-svc", f"/v1/connections/{CONNECTION}", {"id": CONNECTION, "state": "active"}
    )
    outside.says("GET", "assignment-svc", f"/v1/assignment-plans/{PLAN}", plan())
    outside.says("GET", "import-svc", ONE, {"id": THING, "name": "Bakkerij"})
    outside.says("GET", "sync-svc", f"{ONE}/sync-policy", {"enabled": True, "preset": "hourly"})
    outside.says("GET", "sync-svc", f"/v1/sync-runs/{THING}", {"id": THING, "state": "finished"})


@pytest.mark.parametrize("path", PAGES)
async def test_the_command_line_takes_what_a_page_shows(browser: Browser, path: str) -> None:
    page = await browser.get(path)
    assert page.status == 200
    _parses(page.html)


@pytest.mark.parametrize("state", ["discovering", "failed"])
async def test_also_of_an_import_that_is_not_selecting(
    browser: Browser, outside: Outside, state: str
) -> None:
    outside.says("GET", "import-svc", PATH, session(state))
    _parses((await browser.get(f"/imports/{SESSION}")).html)


async def test_also_of_one_that_is_to_be_assigned(browser: Browser, outside: Outside) -> None:
    imported(outside, "Bakkerij")
    _parses((await browser.get(f"/imports/{SESSION}/assign")).html)


def _parses(html: str) -> None:
    accepts(line_of(html))


@pytest.mark.parametrize(
    "line", ["koppel nothing", "koppel policies nothing x", "koppel users list --nothing"]
)
def test_a_line_that_is_none_is_found(line: str) -> None:
    with pytest.raises((AssertionError, TyperException)):
        _parses(f'<p class="command"><code>{line}</code></p>')
