"""Replays: planned from a form, told with what they change, started by who may, and compared with their plan."""

from typing import Any

import pytest
from tests.component.console.browser import Browser, Page
from tests.component.console.commands import accepts, line_of
from tests.component.console.conftest import log_in
from tests.component.console.operators import ADMINISTRATION, REPLAY
from tests.component.console.outside import Outside, StubIssuer, problem

PLACE, PLAN = f"/ops/replays/import-svc/{REPLAY}", "/ops/v1/replays"
TARGET = {
    "consumer": "sync-svc", "apply": 12, "skip": 3, "hold": 0, "park": 1, "reports": True, "estimated": True,
    "changes": [{"table": "administration", "inserted": 12, "updated": 1, "deleted": 0}],
    "appends": [{"type": "nl.koppel.SyncRequested.v1", "events": 12}],
}  # fmt: skip
SILENT = dict.fromkeys(TARGET) | {"consumer": "stranger", "reports": False}
TOLD = {
    "id": REPLAY, "state": "planned", "mode": "repair", "filter": {"administration_ids": [ADMINISTRATION]},
    "target": ["sync-svc"], "rate": 1000, "reason": "Rijen kwijt", "actor": "person:somebody",
    "plan": {"events": 16, "streams": 2, "targets": [TARGET, SILENT], "incomplete_log": False},
    "waiting_for": [], "progress": {"done": 0, "total": 16, "eta_seconds": None}, "result": None,
    "differences": [], "detail": None, "created_at": "2026-11-29T10:00:00Z",
    "started_at": None, "ended_at": None,
}  # fmt: skip


@pytest.fixture
async def operator(guest: Browser, stub_issuer: StubIssuer, outside: Outside) -> Browser:
    stub_issuer.claims["rights"] = ["operator", "preview", "replay"]
    await log_in(guest, stub_issuer)
    outside.says("GET", "import-svc", f"{PLAN}/{REPLAY}", TOLD)
    outside.says("POST", "import-svc", PLAN, TOLD)
    return guest


async def without(operator: Browser, stub_issuer: StubIssuer, *rights: str) -> None:
    stub_issuer.claims["rights"] = ["operator", *rights]
    await log_in(operator, stub_issuer)


async def planned(operator: Browser, **filled: str) -> Page:
    form = (await operator.get("/ops/replays/new")).form("/ops/replays")
    return await operator.post(form, **{"service": "import-svc", "reason": "Rijen kwijt", **filled})


async def test_a_plan_says_what_would_change_and_is_then_started(operator: Browser, outside: Outside) -> None:
    page = await planned(operator, administrations=ADMINISTRATION, targets="sync-svc")
    assert outside.body("POST", "import-svc", PLAN) == {
        "filter": {"administration_ids": [ADMINISTRATION]}, "target": ["sync-svc"], "mode": "repair",
        "reason": "Rijen kwijt",
    }  # fmt: skip
    assert str(page.answer.url).endswith(PLACE)
    for words in (
        "16 events in 2 streams", "12 3 0 1", "administration: +12 ~1 −0", "stuurt SyncRequested × 12",
        "een schatting", "stranger ? ? ? ? vertelt het niet", "Rijen kwijt", "person:somebody",
    ):  # fmt: skip
        assert words in page.words, words
    accepts(line_of(page.html))
    outside.says("POST", "import-svc", f"{PLAN}/{REPLAY}/start", TOLD | {"state": "running"})
    await operator.post(page.form("/start"))
    assert outside.body("POST", "import-svc", f"{PLAN}/{REPLAY}/start") == {}


async def test_a_stream_versions_and_times_are_taken_by_the_clock_that_is_shown(
    operator: Browser, outside: Outside
) -> None:
    filled = {
        "topic": "koppel.administration.v1", "stream_key": "a b", "from_version": "3", "from": "2026-11-29T14:00",
        "to": "2026-11-29T14:00:00+00:00", "types": "AdministrationImported, nl.koppel.X.v1", "rate": "10",
        "parked_only": "yes", "mode": "rebuild",
    }  # fmt: skip
    await planned(operator, **filled)
    body = outside.body("POST", "import-svc", PLAN)
    assert body == {
        "filter": {
            "types": ["nl.koppel.AdministrationImported.v1", "nl.koppel.X.v1"],
            "streams": [{"topic": "koppel.administration.v1", "key": "a b", "from_version": 3}],
            "parked_only": True, "from": "2026-11-29T13:00:00Z", "to": "2026-11-29T14:00:00Z",
        },
        "target": "all", "mode": "rebuild", "reason": "Rijen kwijt", "rate": 10,
    }  # fmt: skip
    page = await operator.get("/ops/replays/new")
    await operator.post(page.form("/view"), clock="utc")
    await planned(operator, **filled)
    assert outside.body("POST", "import-svc", PLAN)["filter"]["from"] == "2026-11-29T14:00:00Z"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("rate", "zero", "Vul een getal vanaf 1 in."),
        ("from_version", "0", "Vul een getal vanaf 1 in."),
        ("from", "morgen", "Dit is geen tijd"),
        ("to", "0001-01-01T00:00", "Dit is geen tijd"),
        ("service", "", "Kies een dienst."),
        ("service", "elsewhere", "Kies een dienst."),
    ],
)
async def test_what_cannot_be_read_is_said_at_its_field_and_nothing_typed_is_lost(
    operator: Browser, outside: Outside, field: str, value: str, words: str
) -> None:
    page = await planned(operator, **{"administrations": ADMINISTRATION, field: value})
    assert words in page.words
    assert ("administrations", ADMINISTRATION) in page.form("/ops/replays").fields
    assert not outside.asked("POST", "import-svc", PLAN)


async def test_what_the_service_refuses_stands_at_its_field(operator: Browser, outside: Outside) -> None:
    place = "/filter/administration_ids/0"
    errors = [{"pointer": place, "code": "uuid_parsing", "message": "Input should be a valid UUID"}]
    outside.says("POST", "import-svc", PLAN, problem(422, "filter_invalid", "No.", errors=errors))
    page = await planned(operator, administrations="niets")
    assert page.links["Dit is geen id."] == "#administrations"
    assert "Input should be" not in page.words


async def test_a_plan_can_begin_from_an_address_and_its_command_is_one(operator: Browser) -> None:
    query = f"service=import-svc&topic=koppel.administration.v1&stream_key={ADMINISTRATION}&from_version=2&targets=sync-svc"
    page = await operator.get(f"/ops/replays/new?{query}")
    assert {("topic", "koppel.administration.v1"), ("stream_key", ADMINISTRATION)} <= set(
        page.form("/ops/replays").fields
    )
    words = line_of(page.html)
    assert words[-4:] == ["--stream", "koppel.administration.v1", ADMINISTRATION, "2-"]


async def test_who_may_not_plan_or_start_sees_why(
    operator: Browser, outside: Outside, stub_issuer: StubIssuer
) -> None:
    await without(operator, stub_issuer)
    assert (
        "Plannen vraagt het recht preview of replay; u heeft dat niet."
        in (await operator.get("/ops/replays/new")).words
    )
    await without(operator, stub_issuer, "preview")
    page = await operator.get(PLACE)
    assert "Dit vraagt het recht replay; u heeft dat niet." in page.words
    assert not [form for form in page.forms if PLACE in form.action]
    assert "u heeft dat niet" not in (await operator.get("/ops/replays/new")).words


async def test_the_planner_is_told_of_four_eyes_and_so_is_who_tries(
    operator: Browser, outside: Outside, stub_issuer: StubIssuer
) -> None:
    outside.says(
        "GET", "import-svc", f"{PLAN}/{REPLAY}", TOLD | {"actor": f"person:{stub_issuer.claims['sub']}"}
    )
    page = await operator.get(PLACE)
    assert "boven de grens van vier ogen start iemand anders het" in page.words
    outside.says("POST", "import-svc", f"{PLAN}/{REPLAY}/start", problem(403, "four_eyes_required", "No."))
    page = await operator.post(page.form("/start"))
    assert page.status == 403
    assert "Zoveel events start iemand anders dan wie het plan maakte." in page.words


@pytest.mark.parametrize(
    ("state", "acts"),
    [
        ("planning", {"cancel"}),
        ("planned", {"start", "cancel"}),
        ("running", {"pause", "cancel"}),
        ("paused", {"resume", "cancel"}),
        ("finished", set()),
        ("stale", set()),
        ("unheard_of", set()),
    ],
)
async def test_each_state_has_its_acts(
    operator: Browser, outside: Outside, state: str, acts: set[str]
) -> None:
    outside.says("GET", "import-svc", f"{PLAN}/{REPLAY}", TOLD | {"state": state})
    page = await operator.get(PLACE)
    assert {
        act for act in ("start", "pause", "resume", "cancel") if f'formaction="{PLACE}/{act}"' in page.html
    } == acts
    for act in acts:
        accepts(["koppel", "replay", act, REPLAY, "--service", "import-svc"])
        assert f"koppel replay {act} {REPLAY} --service import-svc" in page.words


@pytest.mark.parametrize(("act", "code"), [("pause", "replay_paused"), ("cancel", "replay_cancelled")])
async def test_a_second_click_wanted_what_is_so(
    operator: Browser, outside: Outside, act: str, code: str
) -> None:
    outside.says("GET", "import-svc", f"{PLAN}/{REPLAY}", TOLD | {"state": "running"})
    outside.says("POST", "import-svc", f"{PLAN}/{REPLAY}/{act}", problem(409, code))
    form = (await operator.get(PLACE)).form("/pause")
    form.action = f"{PLACE}/{act}"
    assert (await operator.post(form)).status == 200


async def test_a_result_is_compared_with_its_plan(operator: Browser, outside: Outside) -> None:
    result: dict[str, Any] = {
        "state": "finished",
        "started_at": "2026-11-29T10:01:00Z",
        "result": TOLD["plan"],
    }
    outside.says("GET", "import-svc", f"{PLAN}/{REPLAY}", TOLD | result)
    assert "Het resultaat is het plan." in (await operator.get(PLACE)).words
    outside.says(
        "GET", "import-svc", f"{PLAN}/{REPLAY}", TOLD | result | {"differences": ["sync-svc parked 2"]}
    )
    page = await operator.get(PLACE)
    assert "Het resultaat wijkt af van het plan sync-svc parked 2" in page.words


async def test_verdicts_are_told_by_the_consumer_itself(operator: Browser, outside: Outside) -> None:
    place = f"{PLAN}/{REPLAY}/verdicts"
    row = {"topic": "koppel.administration.v1", "key": ADMINISTRATION, "from": 1, "to": 4, "verdict": "apply"}
    outside.lists("sync-svc", place, row | {"reason": "next_in_turn"})
    page = await operator.get(PLACE)
    page = await operator.get(page.links["Per event"])
    assert "1–4 verwerken next_in_turn" in page.words
    assert outside.asked("GET", "sync-svc", place)[0].url.params["phase"] == "rehearsal"
    accepts(line_of(page.html))


async def test_replays_of_all_services_are_one_list_newest_first(operator: Browser, outside: Outside) -> None:
    outside.lists("import-svc", PLAN, TOLD)
    outside.lists("sync-svc", PLAN, TOLD | {"created_at": "2026-11-29T11:00:00Z", "reason": "Later"})
    outside.says("GET", "connection-svc", PLAN, problem(503, "database_unavailable"))
    page = await operator.get("/ops/replays?state=planned")
    assert page.words.index("Later") < page.words.index("Rijen kwijt")
    assert "connection-svc kan niet bij zijn gegevens." in page.words
    accepts(line_of(page.html))
