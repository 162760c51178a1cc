"""An administration is removed while a page of it is open: every page of it says so, and shows nothing that is no more."""

from uuid import uuid4

import pytest
from tests.component.console.browser import Browser
from tests.component.console.outside import Outside, problem

ADMINISTRATION = str(uuid4())
ONE = f"/v1/administrations/{ADMINISTRATION}"


@pytest.fixture(autouse=True)
def removed(outside: Outside) -> None:
    """sync-svc was not told yet."""
    outside.says("GET", "import-svc", ONE, problem(404, "administration_not_found"))
    outside.says("GET", "sync-svc", f"{ONE}/sync-policy", {"preset": "hourly"})


async def test_an_act_of_an_open_page_says_so(browser: Browser, outside: Outside) -> None:
    outside.says("GET", "import-svc", ONE, {"id": ADMINISTRATION, "name": "Bakkerij", "connection_id": "c"})
    page = await browser.get(f"/administrations/{ADMINISTRATION}")
    outside.says("POST", "sync-svc", "/v1/syncs", problem(422, "administration_unknown", "Unknown."))
    assert "administration_unknown" in (await browser.post(page.form("/syncs"))).words


@pytest.mark.parametrize("screen", ["", "/schedule", "/records", "/runs", "/story", "/remove"])
async def test_every_page_of_it_says_so_and_leads_on(browser: Browser, screen: str) -> None:
    page = await browser.get(f"/administrations/{ADMINISTRATION}{screen}")
    assert page.status == 404
    assert "Deze administratie is er niet (meer)." in page.words
    assert "Hoofdmenu" in page.html
    assert 'class="command"' not in page.html
