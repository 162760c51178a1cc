"""Parked events: run dry before they are tried again, tried again step by step, or given up with open eyes."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.component.console.browser import Browser, Page
from tests.component.console.commands import accepts, line_of, lines_of
from tests.component.console.conftest import log_in
from tests.component.console.operators import CAUSE, EVENT, PARKED, RELEASE, verdict
from tests.component.console.outside import Outside, StubIssuer, problem

CHECK, RETRY = "/ops/v1/parked/check", "/ops/v1/parked/retry"
PLACE = f"/ops/parked/sync-svc/{EVENT}"


@pytest.fixture
async def operator(guest: Browser, stub_issuer: StubIssuer, outside: Outside) -> Browser:
    stub_issuer.claims["rights"] = ["operator"]
    await log_in(guest, stub_issuer)
    outside.lists("sync-svc", "/ops/v1/parked-causes", CAUSE)
    outside.lists("sync-svc", "/ops/v1/parked", PARKED)
    outside.says("GET", "sync-svc", f"/ops/v1/parked/{EVENT}", PARKED)
    outside.says("GET", "sync-svc", f"/ops/v1/releases/{RELEASE}", {"id": RELEASE, "state": "running"})
    outside.says("POST", "sync-svc", RETRY, {"release_id": RELEASE, "asked": 38, "released": 1})
    return guest


def verdicts(passes: int, fails: int, busy: int) -> list[dict[str, Any]]:
    return [
        *(verdict("passes") for _ in range(passes)),
        *(verdict("fails", "still_broken") for _ in range(fails)),
        *(verdict("busy") for _ in range(busy)),
    ]


async def cause_page(operator: Browser) -> Page:
    """From the overview by its link."""
    overview = await operator.get("/ops")
    return await operator.get(overview.links["grant_of_another_organisation"])


async def test_a_cause_is_run_dry_and_then_tried_again_in_steps(operator: Browser, outside: Outside) -> None:
    page = await cause_page(operator)
    assert not [form for form in page.forms if "retry" in form.action]
    told = verdicts(38, 4, 2)
    outside.says("POST", "sync-svc", CHECK, {"items": told, "next_cursor": None})
    page = await operator.post(page.forms[-2])
    assert "38 zouden slagen, 4 falen, 2 bezet" in page.words
    assert "still_broken × 4" in page.words
    accepts(line_of(page.html))
    assert outside.body("POST", "sync-svc", CHECK)["cause"] == {
        "consumer": "sync-svc", "class": "permanent", "code": CAUSE["code"], "type": CAUSE["type"],
    }  # fmt: skip
    for line in (lines := lines_of(page.html)):
        accepts(line)
    assert {"retry", "check"} == {line[2] for line in lines}
    form = next(form for form in page.forms if "/ops/cause/retry" in form.action)
    page = await operator.post(form, reason="Hersteld in 1.2")
    assert str(page.answer.url).endswith(f"/ops/releases/sync-svc/{RELEASE}")
    assert outside.body("POST", "sync-svc", RETRY) == {
        "ids": [each["id"] for each in told[:38]], "reason": "Hersteld in 1.2", "ladder": [1, 10, 100],
    }  # fmt: skip


async def test_all_of_a_cause_at_once_with_a_bound_and_a_rate(operator: Browser, outside: Outside) -> None:
    outside.says("POST", "sync-svc", CHECK, {"items": verdicts(0, 3, 0), "next_cursor": None})
    page = await operator.post((await cause_page(operator)).forms[-2])
    form = next(form for form in page.forms if "/ops/cause/retry" in form.action)
    await operator.post(form, reason="Toch", pace="all", limit="10", rate="5")
    body = outside.body("POST", "sync-svc", RETRY)
    assert (body["limit"], body["rate"], body["cause"]["code"]) == (10, 5, CAUSE["code"])
    assert "ladder" not in body


async def test_a_second_click_is_the_same_act(operator: Browser, outside: Outside) -> None:
    outside.says("POST", "sync-svc", CHECK, {"items": verdicts(1, 0, 0), "next_cursor": None})
    page = await operator.post((await cause_page(operator)).forms[-2])
    form = next(form for form in page.forms if "/ops/cause/retry" in form.action)
    for _ in range(2):
        await operator.post(form, reason="Hersteld")
    calls = outside.asked("POST", "sync-svc", RETRY)
    assert len(calls) == 2
    assert len({call.headers["idempotency-key"] for call in calls}) == 1


async def test_what_was_typed_and_seen_stays_when_the_service_refuses(
    operator: Browser, outside: Outside
) -> None:
    outside.says("POST", "sync-svc", CHECK, {"items": verdicts(2, 1, 0), "next_cursor": None})
    page = await operator.post((await cause_page(operator)).forms[-2])
    outside.says("POST", "sync-svc", RETRY, problem(503, "database_unavailable"))
    form = next(form for form in page.forms if "/ops/cause/retry" in form.action)
    page = await operator.post(form, reason="Hersteld", limit="7")
    assert "kan niet bij zijn gegevens" in page.words
    assert "2 zouden slagen, 1 falen, 0 bezet" in page.words
    again = next(form for form in page.forms if "/ops/cause/retry" in form.action)
    assert {("reason", "Hersteld"), ("limit", "7")} <= set(again.fields)


async def test_a_long_dry_run_ends_and_says_how_far_it_came(operator: Browser, outside: Outside) -> None:
    outside.says(
        "POST", "sync-svc", CHECK,
        lambda _: httpx.Response(200, json={"items": verdicts(200, 0, 0), "next_cursor": str(uuid4())}),
    )  # fmt: skip
    page = await operator.post((await cause_page(operator)).forms[-2])
    assert "1.000 zouden slagen, 0 falen, 0 bezet van de eerste 1.000" in page.words
    assert len(outside.asked("POST", "sync-svc", CHECK)) == 5


@pytest.mark.parametrize(
    "garbage", [{"items": "x"}, {"items": [1, None, {"id": "no-id", "outcome": "passes"}]}, {}]
)
async def test_a_dry_run_that_is_garbled_breaks_nothing(
    operator: Browser, outside: Outside, garbage: Any
) -> None:
    outside.says("POST", "sync-svc", CHECK, garbage)
    page = await operator.post((await cause_page(operator)).forms[-2])
    assert page.status == 200
    assert "0 zouden slagen" in page.words


async def test_one_event_is_run_dry_and_tried_again(operator: Browser, outside: Outside) -> None:
    page = await operator.get(PLACE)
    assert "first_try" in page.words
    outside.says("POST", "sync-svc", CHECK, {"items": verdicts(1, 0, 0), "next_cursor": None})
    page = await operator.post(page.form("/dry-run"))
    assert "1 zouden slagen, 0 falen, 0 bezet" in page.words
    accepts(line_of(page.html))
    page = await operator.post(page.form("/retry"), reason="Hersteld")
    assert outside.body("POST", "sync-svc", RETRY) == {"ids": [EVENT], "reason": "Hersteld"}
    assert f"/ops/releases/sync-svc/{RELEASE}" in str(page.answer.url)


async def test_an_event_is_given_up_only_after_its_consequences_were_seen(
    operator: Browser, outside: Outside
) -> None:
    place, follower = f"/ops/v1/parked/{EVENT}/discard", str(uuid4())
    told = {
        "head": 2, "followers_released": 3, "followers_held": 1, "next_parked_id": follower,
        "in_its_place": None, "skipped": [{}], "missing": None, "dry_run": True,
    }  # fmt: skip
    outside.says("POST", "sync-svc", place, told)
    page = await operator.post((await operator.get(PLACE)).form("/discard"), reason="Dubbel verstuurd")
    assert outside.body("POST", "sync-svc", place)["dry_run"] is True
    assert "3 erachter gaan verder, 1 blijven wachten" in page.words
    for line in lines_of(page.html):
        accepts(line)
    page = await operator.post(page.form("/discard"))
    assert outside.body("POST", "sync-svc", place) == {
        "reason": "Dubbel verstuurd", "dry_run": False, "event_only": False,
    }  # fmt: skip
    assert page.links["het volgende event"] == f"/ops/parked/sync-svc/{follower}"


def _asked_for_payload(outside: Outside) -> list[str]:
    return [
        call.url.params["payload"] for call in outside.asked("GET", "sync-svc", f"/ops/v1/parked/{EVENT}")
    ]


async def test_content_is_shown_with_the_right_for_it_and_when_asked_for(
    operator: Browser, outside: Outside, stub_issuer: StubIssuer
) -> None:
    page = await operator.get(f"{PLACE}?payload=1")
    assert "Dit vraagt het recht payload; u heeft dat niet." in page.words
    stub_issuer.claims["rights"] = ["operator", "payload"]
    await log_in(operator, stub_issuer)
    raw: dict[str, Any] = {
        "key": None,
        "headers": [],
        "value": {"bytes": 9, "text": "geheim", "base64": None, "cut": False},
    }

    def told(request: httpx.Request) -> httpx.Response:
        shown = request.url.params["payload"] == "true"
        return httpx.Response(200, json=PARKED | {"raw": raw if shown else None})

    outside.says("GET", "sync-svc", f"/ops/v1/parked/{EVENT}", told)
    page = await operator.get(PLACE)
    assert "geheim" not in page.words
    page = await operator.get(page.links["Inhoud tonen"].partition("#")[0])
    assert "geheim" in page.words
    assert _asked_for_payload(outside) == ["false", "false", "true"]


async def test_a_release_is_an_act_with_a_page_of_its_own(operator: Browser, outside: Outside) -> None:
    step = {"events": 10, "applied": 9, "parked_again": 1, "waiting": 0, "otherwise": 0, "began_at": None}
    told = {
        "id": RELEASE, "consumer": "sync-svc", "state": "stopped", "who": "person:anna", "why": "Hersteld",
        "filter": {"cause": {"code": "x"}}, "rate": 5, "ladder": [1, 10, 100], "asked": 111, "applied": 10,
        "parked_again": 1, "waiting": 100, "otherwise": 0, "steps": [step | {"events": 1}, step],
        "created_at": "2026-11-29T10:00:00Z", "ended_at": None,
    }  # fmt: skip
    outside.says("GET", "sync-svc", f"/ops/v1/releases/{RELEASE}", told)
    outside.lists("sync-svc", "/ops/v1/releases", told)
    page = await operator.get(
        (await operator.get("/ops/releases?state=stopped")).links["29 nov 2026 11:00:00"]
    )
    for words in (
        "gestopt",
        "person:anna",
        "Hersteld",
        "1, 10, 100",
        "5 per seconde",
        "Een stap parkeerde opnieuw",
    ):
        assert words in page.words
    assert outside.asked("GET", "sync-svc", "/ops/v1/releases")[0].url.params["state"] == "stopped"
