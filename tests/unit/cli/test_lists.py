"""Lists of an office and of all: what is asked, and what is told when a service answers strangely or not at all."""

import json
from typing import Any

import httpx
import pytest

from koppel_cli.main import main

from .answering import NAMES, answering, page

Capture = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch
ID = "0198c0de-0000-7000-8000-000000000003"
CONNECTION = {
    "id": ID,
    "provider": "moneybird",
    "state": "active",
    "name": "Jansen",
    "health": {"status": "healthy", "since": "2026-11-24T12:00:00Z", "reason": None, "who_must_act": None, "act_by": None},
    "grants": [],
}  # fmt: skip
LISTS = [
    (["connections"], "connection-svc", "/v1/connections"),
    (["administrations"], "import-svc", "/v1/administrations"),
    (["runs"], "sync-svc", "/v1/sync-runs"),
    (["users"], "assignment-svc", "/v1/users"),
    (["consumers"], "sync-svc", "/ops/v1/consumers"),
    (["organisations"], "connection-svc", "/ops/v1/organisations"),
    (["freshness"], "sync-svc", "/ops/v1/freshness"),
    (["import-sessions", "start", ID], "import-svc", "/v1/import-sessions"),
    (["import-sessions", "confirm", ID], "import-svc", f"/v1/import-sessions/{ID}/confirm"),
    (["assignments", "plan", "--all"], "assignment-svc", "/v1/assignment-plans"),
    (["assignments", "undo", ID], "assignment-svc", f"/v1/assignment-plans/{ID}/undo"),
    (["syncs", "start", ID], "sync-svc", "/v1/syncs"),
    (["parked", "retry", "--cause", "c", "--reason", "r"], "sync-svc", "/ops/v1/parked/retry"),
    (["sync-status", "show", ID], "sync-svc", f"/v1/administrations/{ID}/sync-status"),
]
STRANGE: dict[str, Any] = {
    "no JSON": httpx.Response(200, text="<html>" + "x" * 5_000),
    "a list": httpx.Response(200, json=[1]),
    "another shape": httpx.Response(200, json={"items": [{"x": 1}], "next_cursor": None}),
    "no items": httpx.Response(200, json={"x": 1}),
    "items that are none": httpx.Response(200, json={"items": [1, "x", None], "next_cursor": None}),
    "a page of a proxy": httpx.Response(503, text="<h1>Service\nUnavailable</h1>" + "x" * 5_000),
    "a problem": httpx.Response(503, json={"code": "database_unavailable", "detail": "It is away."}),
    "a problem of another shape": httpx.Response(500, json=["x"]),
    "nothing within the time": httpx.ReadTimeout("slow"),
    "an address that is none": httpx.InvalidURL("no"),
}


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize(("command", "service", "path"), LISTS)
def test_a_strange_answer_is_one_line_and_a_hint(
    monkeypatch: Patch, capsys: Capture, command: list[str], service: str, path: str, strange: str
) -> None:
    answer = STRANGE[strange]
    answering(monkeypatch, {service: answer if isinstance(answer, Exception) else {path: answer}})
    assert main(command) == 1
    told = capsys.readouterr()
    errors = [line for line in told.err.splitlines() if not line.startswith("not asked")]
    assert [line.partition(":")[0] for line in errors] == ["error", "hint"]
    assert max(map(len, errors)) < 400


def test_an_office_is_asked_as_a_person_and_all_as_an_operator(monkeypatch: Patch, capsys: Capture) -> None:
    of_all = {
        "/v1/connections": page(CONNECTION),
        "/ops/v1/connections": page(CONNECTION | {"organisation_id": "o-1"}),
    }
    calls = answering(monkeypatch, {"connection-svc": of_all})
    assert main(["connections"]) == 0
    assert "o-1" not in capsys.readouterr().out
    assert main(["connections", "--organisation", "all"]) == 0
    assert "o-1" in capsys.readouterr().out
    assert [path for _, _, path in calls] == ["/v1/connections", "/ops/v1/connections"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["connections", "--state", "active"], "--organisation all"),
        (["administrations", "--since", "today"], "--organisation all"),
        (["administrations", "--organisation", "all", "--import-session", ID], "leave it out"),
        (["connections", "--organisation", "jansen"], "koppel organisations"),
        (["assignments"], "koppel administrations"),
        (["assignments", "list", ID, "--q", "x"], "--organisation"),
        (["connections", "new", "moneybird"], "koppel providers"),
        (["parked", "retry", ID, "--reason", "r", "--ladder", "1,x"], "1,10,100"),
        (["policies", "set", ID, "--preset", "hourly", "--cron", "* * * * *"], "one of"),
        (["connections", "new", "x", "--credentials", "/nowhere/key.json"], "stdin"),
    ],
)
def test_what_cannot_be_asked_is_said_with_what_can(
    monkeypatch: Patch, capsys: Capture, command: list[str], words: str
) -> None:
    """A filter that a call does not know would be left out without a word."""
    calls = answering(monkeypatch, {key: {} for key in NAMES})
    assert main(command) == 1
    assert words.lower() in capsys.readouterr().err.splitlines()[1].lower()
    assert calls == []


def test_assignments_of_an_office_are_those_of_the_named_administrations(
    monkeypatch: Patch, capsys: Capture
) -> None:
    one = {
        "administration_id": ID,
        "rule": "default",
        "version": 1,
        "user_ids": [],
        "division_id": None,
        "template_id": None,
    }
    answering(
        monkeypatch,
        {"assignment-svc": {"/ops/v1/assignments": page(one, one | {"administration_id": "a-2"})}},
    )
    assert main(["assignments", "list", ID, "--organisation", ID, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == [one]


def test_a_name_does_not_drive_the_terminal(monkeypatch: Patch, capsys: Capture) -> None:
    hostile = CONNECTION | {"name": "\x1b[2Jx\x07\u202ey" + "z" * 300}
    answering(monkeypatch, {"connection-svc": {"/v1/connections": page(hostile)}})
    assert main(["connections"]) == 0
    told = capsys.readouterr().out
    assert all(line.isprintable() and len(line) <= 80 for line in told.splitlines())
    assert "z" * 40 in told


def test_a_list_that_goes_on_is_cut_and_says_so(monkeypatch: Patch, capsys: Capture) -> None:
    record = {
        "resource": "contact", "external_id": "e", "revision": 1, "changed_at": "2026-11-24T12:00:00Z",
        "deleted": False, "data": {"name": "x"},
    }  # fmt: skip
    path = f"/v1/administrations/{ID}/records"
    answering(monkeypatch, {"sync-svc": {path: page(*([record] * 4))}})
    assert main(["records", ID, "--limit", "3", "--json"]) == 0
    told = capsys.readouterr()
    assert len(json.loads(told.out)["items"]) == 3
    assert "--limit" in told.err


@pytest.mark.parametrize(("outcome", "code"), [("changed", 0), ("failed", 1)])
def test_a_sync_that_is_followed_ends_as_its_run_did(
    monkeypatch: Patch, capsys: Capture, outcome: str, code: int
) -> None:
    """A request has no run at first."""
    run = {
        "id": "r-1", "administration_id": ID, "state": "running", "outcome": None, "percent": 50, "failure": None,
        "waiting_for": None, "resume_at": None,
    }  # fmt: skip
    looks = [page(), page(run), page(run | {"state": "finished", "outcome": outcome})]
    asked = {"administration_id": ID, "sync_request_id": "q-1", "run_id": None, "joined": False}

    def request(method: str, url: str, **_: object) -> httpx.Response:
        return (
            httpx.Response(202, json={"items": [asked]})
            if method == "POST"
            else httpx.Response(200, json=looks.pop(0))
        )

    answering(monkeypatch, {"sync-svc": {}})
    monkeypatch.setattr("koppel_cli.http_call.request", request)
    monkeypatch.setattr("koppel_cli.following.LOOK_EVERY", 0.0)
    assert main(["syncs", "start", ID, "--follow"]) == code
    told = capsys.readouterr()
    assert "50 %" in told.err
    assert outcome in told.out


@pytest.mark.parametrize(
    ("words", "service", "path", "field"),
    [
        (["connections", "show"], "connection-svc", "connections", "id"),
        (["sync-status", "show"], "sync-svc", "sync-status", "administration_id"),
    ],
)
def test_an_operator_sees_one_thing_of_an_office(
    monkeypatch: Patch, capsys: Capture, words: list[str], service: str, path: str, field: str
) -> None:
    other, wanted = CONNECTION | {field: "another"}, CONNECTION | {field: ID, "name": "This one"}
    answering(monkeypatch, {service: {f"/ops/v1/{path}": page(other, wanted)}})
    assert main([*words, ID, "--organisation", ID, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == wanted
    answering(monkeypatch, {service: {f"/ops/v1/{path}": page(other)}})
    assert main([*words, ID, "--organisation", "all"]) == 1
    assert "koppel find ID" in capsys.readouterr().err


def test_a_partition_that_two_services_tell_of_is_one_line(monkeypatch: Patch, capsys: Capture) -> None:
    """Its owner does, and the consumer; that of the replay topic is a consumer of its own."""
    live = {
        "consumer": "sync-svc", "topic": "koppel.connection.v1", "partition": 0, "position": 1, "end": 1,
        "events_behind": 0, "seconds_behind": 0.0, "state": "consuming", "member": "m", "host": "h",
    }  # fmt: skip
    replay = live | {"consumer": "sync-svc.replay", "topic": "koppel.replay.sync-svc", "events_behind": 7}
    told = {"connection-svc": page(live), "sync-svc": page(live, replay)}
    answering(monkeypatch, {name: {"/ops/v1/consumers": each} for name, each in told.items()})
    assert main(["consumers", "--json"]) == 0
    assert sorted(each["consumer"] for each in json.loads(capsys.readouterr().out)) == [
        "sync-svc",
        "sync-svc.replay",
    ]
