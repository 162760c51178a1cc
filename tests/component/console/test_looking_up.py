"""What operators look up: lists over all offices, streams, events, timelines, audit, offices, and any id."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.component.console.browser import Browser
from tests.component.console.commands import accepts, line_of
from tests.component.console.conftest import log_in
from tests.component.console.operators import ADMINISTRATION, EVENT
from tests.component.console.outside import SERVICES, Outside, StubIssuer, problem

ORGANISATION, CONNECTION = str(uuid4()), str(uuid4())
HOSTILE = '<img src=x onerror="alert(1)">'


ROWS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "administrations": (
        "import-svc", "/ops/v1/administrations",
        {"id": ADMINISTRATION, "name": HOSTILE, "provider": "exact_online", "state": "active", "status": "active"},
        "exact_online",
    ),
    "connections": (
        "connection-svc", "/ops/v1/connections",
        {"id": CONNECTION, "name": HOSTILE, "state": "reauthorization_required", "grants": [{}, {}],
         "health": {"status": "action_needed", "reason": "token_refused", "who_must_act": "customer"}},
        "Uw kantoor moet iets doen",
    ),
    "runs": (
        "sync-svc", "/ops/v1/sync-runs",
        {"id": EVENT, "administration_id": ADMINISTRATION, "state": "finished", "outcome": "failed",
         "failure": {"code": "rate_limited", "detail": HOSTILE, "who_must_act": "provider"}},
        "mislukt",
    ),
    "pauses": (
        "sync-svc", "/ops/v1/sync-status",
        {"administration_id": ADMINISTRATION, "name": HOSTILE,
         "paused": {"cause": "permission_denied", "scope": "grant", "who_must_act": "customer", "resumes_when": "login"}},
        "permission_denied",
    ),
    "logins": (
        "sync-svc", "/ops/v1/reauthorizations",
        {"connection_id": CONNECTION, "company": {"name": HOSTILE}, "administrations_held_up": 1200, "syncs_held_up": 7},
        "1.200 administraties, 7 synchronisaties",
    ),
    "held-deletions": (
        "sync-svc", "/ops/v1/held-deletions",
        {"administration_id": ADMINISTRATION, "resource": "contact", "count": 40, "of": 50, "state": "open",
         "evidence": {"pages": 3}, "listing": HOSTILE},
        "40 van 50",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
async def test_a_list_over_all_offices_shows_its_rows_and_is_narrowed_by_its_address(
    operator: Browser, outside: Outside, name: str
) -> None:
    service, path, row, words = ROWS[name]
    outside.lists(service, path, row | {"organisation_id": ORGANISATION}, next_cursor="more")
    page = await operator.get(f"/ops/{name}?organisation_id={ORGANISATION}&state=nonsense&outcome=nonsense")
    assert page.status == 200
    assert words in page.words
    assert HOSTILE not in page.html
    assert page.links[ORGANISATION] == f"/ops/organisations?q={ORGANISATION}"
    assert page.links["Volgende →"] == f"/ops/{name}?organisation_id={ORGANISATION}&cursor=more"
    asked = dict(outside.asked("GET", service, path)[0].url.params)
    assert asked["organisation_id"] == ORGANISATION
    assert "nonsense" not in asked.values()
    line = line_of(page.html)
    assert line[line.index("--organisation") + 1] == ORGANISATION
    accepts(line)


async def test_filters_are_asked_and_stand_in_the_command(operator: Browser, outside: Outside) -> None:
    filters = "q=de+vries&state=finished&outcome=failed&code=rate_limited&since=2026-11-29T14:00"
    page = await operator.get(f"/ops/runs?{filters}")
    asked = dict(outside.asked("GET", "sync-svc", "/ops/v1/sync-runs")[0].url.params)
    assert asked == {
        "q": "de vries", "state": "finished", "outcome": "failed", "code": "rate_limited",
        "since": "2026-11-29T13:00:00Z", "limit": "50", "total": "true",
    }  # fmt: skip
    line = line_of(page.html)
    assert line[:4] == ["koppel", "runs list", "--organisation", "all"] or line[:5] == [
        "koppel", "runs", "list", "--organisation", "all",
    ]  # fmt: skip
    assert {"de vries", "2026-11-29T13:00:00Z"} <= set(line)
    accepts(line)
    assert "Niets gevonden. Maak de filters leeg." in page.words


@pytest.mark.parametrize(
    "typed", ["morgen", "2026-13-01T00:00", "0001-01-01T00:00", "x" * 500, HOSTILE, "-1"]
)
async def test_what_is_typed_into_filters_breaks_nothing(operator: Browser, typed: str) -> None:
    for path in ("runs", "administrations", "audit", "events", f"timeline/{ADMINISTRATION}", "consumers"):
        names = ("since", "from", "q", "code", "actor", "type", "consumer", "cursor", "service")
        page = await operator.http.get(f"/ops/{path}", params=dict.fromkeys(names, typed))
        assert page.status_code == 200
        assert HOSTILE not in page.text


async def test_a_stream_is_one_of_all_services(operator: Browser, outside: Outside) -> None:
    place, parked = f"/ops/v1/streams/koppel.administration.v1/{ADMINISTRATION}", str(uuid4())
    event = {
        "version": 5,
        "event_id": EVENT,
        "type": "nl.koppel.AdministrationRenamed.v1",
        "published": False,
    }
    outside.says("GET", "import-svc", place, {"head": 5, "events": [event], "consumers": []})
    stands = {"id": parked, "version": 4, "cause_code": "grant_of_another_organisation"}
    waits = {"consumer": "sync-svc", "version": 3, "held": 2, "parked": stands}
    outside.says("GET", "sync-svc", place, {"head": None, "events": [], "consumers": [waits]})
    outside.says("GET", "assignment-svc", place, problem(404, "stream_not_found"))
    page = await operator.get(f"/ops/streams?topic=koppel.administration.v1&key={ADMINISTRATION}")
    for words in (
        "import-svc gaf versie 5.",
        "AdministrationRenamed",
        "nog niet",
        "2 achter",
        "wacht op versie 4",
    ):
        assert words in page.words, words
    assert "assignment-svc" not in page.words.partition("Hetzelfde")[0]
    assert f"/ops/parked/sync-svc/{parked}" in page.html
    plan = await operator.get(page.links["Replay plannen"].replace("&amp;", "&"))
    assert {("stream_key", ADMINISTRATION), ("service", "import-svc")} <= set(
        plan.form("/ops/replays").fields
    )


@pytest.mark.parametrize(
    ("topic", "key"), [("..", "audit"), ("../..", "v1/users"), ("a", ".."), ("t?x=1#", "k&/%2e")]
)
async def test_a_topic_or_key_names_nothing_but_a_stream(
    operator: Browser, outside: Outside, topic: str, key: str
) -> None:
    await operator.http.get("/ops/streams", params={"topic": topic, "key": key})
    paths = [call.url.raw_path.decode() for call in outside.calls]
    assert len(paths) == 4
    assert all(path.startswith("/ops/v1/streams/") and path.count("/") == 5 for path in paths)


async def test_an_effect_never_stands_before_its_cause(operator: Browser, outside: Outside) -> None:
    def event(name: str, at: str, cause: str | None, **ids: str) -> dict[str, Any]:
        return {
            "event_id": f"id-{name}", "type": f"nl.koppel.{name}.v1", "at": f"2026-11-29T10:00:{at}Z",
            "causation_id": cause and f"id-{cause}", "ids": ids, "published": True, "count": 1,
        }  # fmt: skip

    told = "/ops/v1/events"
    outside.lists("import-svc", told, event("AdministrationImported", "05", None, connection_id=CONNECTION))
    outside.lists(
        "sync-svc", told,
        event("SyncStarted", "02", "SyncRequested"), event("SyncRequested", "01", "AdministrationImported"),
    )  # fmt: skip
    outside.lists("connection-svc", told, event("ConnectionAuthorized", "00", None))
    page = await operator.get(f"/ops/timeline/{ADMINISTRATION}")
    names = ("ConnectionAuthorized", "AdministrationImported id-", "SyncRequested id-", "SyncStarted id-")
    places = [page.words.index(name) for name in names]
    assert places == sorted(places)
    assert [
        call.url.params.get("connection_id") for call in outside.asked("GET", "connection-svc", told)
    ] == [None, CONNECTION]


@pytest.mark.parametrize("cause", ["id-a", "id-b"])
async def test_causes_that_go_round_in_a_circle_end(operator: Browser, outside: Outside, cause: str) -> None:
    rows = [{"event_id": "id-a", "causation_id": cause}, {"event_id": "id-b", "causation_id": "id-a"}]
    outside.lists("sync-svc", "/ops/v1/events", *rows)
    assert (await operator.get(f"/ops/timeline/{ADMINISTRATION}")).status == 200


async def test_what_events_say_needs_the_right_for_it(
    operator: Browser, outside: Outside, stub_issuer: StubIssuer
) -> None:
    address = f"/ops/events?type=SyncRequested&administration_id={ADMINISTRATION}"
    page = await operator.get(f"{address}&payload=1")
    assert "Inhoud zien vraagt het recht payload; u heeft dat niet." in page.words
    asked = dict(outside.asked("GET", "sync-svc", "/ops/v1/events")[0].url.params)
    assert (asked["type"], asked.get("payload")) == ("nl.koppel.SyncRequested.v1", None)
    stub_issuer.claims["rights"] = ["operator", "payload"]
    await log_in(operator, stub_issuer)
    outside.lists("sync-svc", "/ops/v1/events", {"event_id": EVENT, "payload": {"name": HOSTILE}})
    page = await operator.get((await operator.get(address)).links["Inhoud tonen"])
    assert "onerror" in page.html
    assert HOSTILE not in page.html
    accepts(line_of(page.html))


async def test_without_a_condition_events_are_those_of_the_last_hour(
    operator: Browser, outside: Outside
) -> None:
    page = await operator.get("/ops/events?from=ooit")
    assert set(outside.asked("GET", "sync-svc", "/ops/v1/events")[0].url.params) == {
        "from",
        "folded",
        "limit",
    }
    accepts(line_of(page.html))
    assert "Het laatste uur" in (await operator.get("/ops/events")).words


async def test_the_audit_trail_of_all_services_is_one_newest_first(
    operator: Browser, outside: Outside
) -> None:
    row = {"actor": "person:anna", "action": "parked.retry", "target": f"parked/{EVENT}", "reason": HOSTILE}
    outside.lists("sync-svc", "/ops/v1/audit", row | {"at": "2026-11-29T10:00:00Z"}, next_cursor="older")
    outside.lists("import-svc", "/ops/v1/audit", row | {"at": "2026-11-29T11:00:00Z", "action": "later"})
    page = await operator.get("/ops/audit?actor=person:anna&since=2026-11-29T00:00")
    assert page.words.index("later") < page.words.index("parked.retry")
    assert HOSTILE not in page.html
    assert outside.asked("GET", "sync-svc", "/ops/v1/audit")[0].url.params["since"] == "2026-11-28T23:00:00Z"
    more = page.links["Meer van sync-svc →"]
    before = len(outside.calls)
    await operator.get(more)
    [call] = outside.calls[before:]
    assert (call.url.host, call.url.params["cursor"], call.url.params["actor"]) == (
        "sync-svc", "older", "person:anna",
    )  # fmt: skip


async def test_an_office_is_given_a_name(operator: Browser, outside: Outside) -> None:
    outside.lists(
        "connection-svc", "/ops/v1/organisations", {"id": ORGANISATION, "name": None, "connections": 2}
    )
    place = f"/ops/v1/organisations/{ORGANISATION}"
    outside.says("PUT", "connection-svc", place, {"id": ORGANISATION})
    form = (await operator.get("/ops/organisations")).form(f"/ops/organisations/{ORGANISATION}")
    page = await operator.post(form, name="Jansen Accountants")
    assert outside.body("PUT", "connection-svc", place) == {"name": "Jansen Accountants"}
    outside.says("PUT", "connection-svc", place, problem(422, "invalid_input", "Too long."))
    page = await operator.post(form, name=HOSTILE)
    assert page.status == 200
    assert "invalid_input" in page.words
    assert HOSTILE not in page.html


FOUND = {
    "event": f"/ops/events?event_id={EVENT}",
    "parked": f"/ops/parked/sync-svc/{EVENT}",
    "replay": f"/ops/replays/sync-svc/{EVENT}",
    "administration": f"/ops/timeline/{EVENT}",
    "grant": f"/ops/connections/{CONNECTION}",
    "run": f"/ops/runs/{EVENT}",
    "heard_of_later": f"/ops/audit?target={EVENT}",
}


@pytest.mark.parametrize(
    "pasted",
    [
        EVENT,
        f"  {EVENT} ",
        EVENT.replace("-", ""),
        f"person:{EVENT}",
        f"connection/{EVENT}",
        f"/x?id={EVENT}",
    ],
)
async def test_any_pasted_id_leads_to_what_shows_it(operator: Browser, outside: Outside, pasted: str) -> None:
    rows = [
        {
            "kind": kind,
            "id": EVENT,
            "organisation_id": ORGANISATION,
            "command": f"koppel x show {CONNECTION} --organisation {ORGANISATION}",
        }
        for kind in FOUND
    ]
    outside.lists("sync-svc", f"/ops/v1/find/{EVENT}", *rows)
    form = (await operator.get("/ops")).form("/ops/find")
    page = await operator.get(str(httpx.URL(form.action, params={"id": pasted})))
    assert {kind: page.links[kind] for kind in FOUND} == FOUND
    accepts(line_of(page.html))


async def test_of_the_operators_own_office_the_offices_own_screen_is_shown(
    operator: Browser, outside: Outside, stub_issuer: StubIssuer
) -> None:
    own = {"kind": "run", "id": EVENT, "organisation_id": stub_issuer.claims["org"], "command": "koppel"}
    outside.lists("sync-svc", f"/ops/v1/find/{EVENT}", own)
    assert (await operator.get(f"/ops/find?id={EVENT}")).links["run"] == f"/runs/{EVENT}"


async def test_an_id_that_nobody_knows_is_no_dead_end(operator: Browser, outside: Outside) -> None:
    page = await operator.get(f"/ops/find?id={EVENT}")
    assert "Geen dienst kent dit id." in page.words
    assert page.links["in de audit trail"] == f"/ops/audit?target={EVENT}"
    outside.says("GET", "import-svc", f"/ops/v1/find/{EVENT}", httpx.ConnectError("refused"))
    outside.calls.clear()
    other = str(uuid4())
    for service in SERVICES:
        outside.says("GET", service, f"/ops/v1/find/{other}", httpx.ConnectError("refused"))
    page = await operator.get(f"/ops/find?id={other}")
    assert "Geen dienst kent dit id." not in page.words
    page = await operator.get("/ops/find?id=koppel.record.v1%20a/contact/7")
    assert page.links["als stream"] == "/ops/streams?topic=koppel.record.v1&key=a%2Fcontact%2F7"
