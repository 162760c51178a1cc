"""What packages allow and how fresh the data is, as operators see it."""

from typing import Any
from uuid import uuid4

import pytest
from tests.component.console.browser import Browser
from tests.component.console.conftest import log_in
from tests.component.console.outside import Outside, StubIssuer

ORGANISATION = str(uuid4())
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture
async def operator(guest: Browser, stub_issuer: StubIssuer) -> Browser:
    stub_issuer.claims["rights"] = ["operator"]
    await log_in(guest, stub_issuer)
    return guest


async def test_the_budget_says_what_the_next_day_takes_and_what_one_more_office_would(
    operator: Browser, outside: Outside
) -> None:
    minute = {"provider": "exact_online", "calls": 70, "limit": 60, "at": "2026-11-29T12:00:00Z"}
    spent = {"organisation_id": ORGANISATION, "provider": "exact_online", "calls": 1200, "refused": 3}
    more = {
        "provider": "exact_online", "administrations": 200, "calls_an_hour": 1400, "first_read_minutes": 24.0,
        "minutes_over_limit": 9,
    }  # fmt: skip
    told = {
        "windows": [{"provider": HOSTILE}],
        "spent": [spent, spent],
        "forecast": [minute],
        "added": [more],
    }
    outside.says("GET", "sync-svc", "/ops/v1/budget", told)
    page = await operator.get("/ops/budget?provider=exact_online&add=200")
    for words in (
        "hoogstens 70 vragen per minuut, om 13:00:00; de grens is 60; 1 minuten erboven",
        "200 administraties erbij kosten 1.400 vragen per uur ; alles één keer lezen duurt 24 min; 9 minuten",
        "exact_online 2.400 6",
    ):
        assert words in page.words, words
    assert '<path class="area" d="M0 160L' in page.html
    assert HOSTILE not in page.html
    assert dict(outside.asked("GET", "sync-svc", "/ops/v1/budget")[0].url.params) == {
        "provider": "exact_online", "add": "200",
    }  # fmt: skip


@pytest.mark.parametrize("garbage", [{"windows": 1, "spent": "x", "forecast": [None, {}], "added": {}}, {}])
async def test_a_budget_that_is_garbled_breaks_nothing(
    operator: Browser, outside: Outside, garbage: dict[str, Any]
) -> None:
    outside.says("GET", "sync-svc", "/ops/v1/budget", garbage)
    for path in ("/ops", "/ops/budget?add=minus"):
        assert (await operator.get(path)).status == 200


async def test_freshness_says_which_package_breaks_its_promise(operator: Browser, outside: Outside) -> None:
    rows = [
        {
            "provider": "exact_online",
            "administrations": 100,
            "met": 90,
            "burn_rate_1h": 2.5,
            "burn_rate_6h": 1.1,
        },
        {
            "provider": "moneybird",
            "administrations": 100,
            "met": 99,
            "burn_rate_1h": 0.1,
            "burn_rate_6h": 0.0,
        },
    ]
    outside.lists("sync-svc", "/ops/v1/freshness", *rows, target=0.99)
    page = await operator.get("/ops/freshness")
    for words in ("99.0 %", "de belofte wordt gebroken", "moneybird 99 / 100 0.1 0.0 ! 1 te oud"):
        assert words in page.words, words
