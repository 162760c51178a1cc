"""`koppel find`, `koppel timeline` and `koppel events`: merged from all services, also when one of them is ill."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from koppel_cli.main import main

from .answering import NAMES, answering

ID = "0198c0de-0000-7000-8000-000000000003"
CONNECTION = "0198c0de-0000-7000-8000-000000000004"
FIND = f"/ops/v1/find/{ID}"
EVENTS, OWN = "/ops/v1/events", "/v1/events"
FORBIDDEN = httpx.Response(403, json={"code": "forbidden", "detail": "No."})
Answer = Mapping[str, Any]


def event(name: str, second: int, **changes: object) -> Answer:
    at = f"2026-01-01T00:00:{second:02}Z"
    return {
        "event_id": f"event-{second}",
        "type": f"nl.koppel.{name}.v1",
        "topic": "koppel.administration.v1",
        "key": ID,
        "version": 1,
        "organisation_id": ID,
        "at": at,
        "until": at,
        "count": 1,
        "causation_id": None,
        "correlation_id": None,
        "traceparent": None,
        "published": True,
        "ids": {},
        **changes,
    }


def logged(*events: Answer, more: str | None = None) -> Answer:
    return {"items": list(events), "next_cursor": more, "log_begins_at": "2025-12-31T00:00:00Z"}


def things(*kinds: str) -> Answer:
    return {
        "items": [
            {"kind": kind, "id": ID, "organisation_id": None, "command": f"koppel {kind} {ID}"}
            for kind in kinds
        ]
    }


def everywhere(path: str, answer: Answer, **others: Answer) -> dict[str, Any]:
    return {name: {path: others.get(name.replace("-", "_"), answer)} for name in NAMES}


ILL = {
    "refused": httpx.ConnectError("refused"),
    "hangs": httpx.ReadTimeout("hangs"),
    "503": httpx.Response(503, json={"code": "unavailable", "detail": "Later."}),
    "an error page": httpx.Response(502, text="<html>Bad gateway</html>"),
    "garbage": httpx.Response(200, content=b"\xff\x00{"),
    "a list": httpx.Response(200, json=[1]),
    "another shape": httpx.Response(200, json={"things": []}),
    "items of another shape": httpx.Response(200, json={"items": 3, "next_cursor": None}),
}


@pytest.mark.parametrize("ill", ILL)
@pytest.mark.parametrize(
    ("command", "path", "answer", "shown"),
    [
        (["find", ID], FIND, things("run"), f"koppel run {ID}"),
        (["timeline", ID], EVENTS, logged(event("AdministrationImported", 1)), "AdministrationImported"),
        (["events", "--event-id", ID], EVENTS, logged(event("SyncRequested", 1)), "SyncRequested"),
    ],
    ids=["find", "timeline", "events"],
)
def test_one_ill_service_hides_nothing_of_the_others(
    command: list[str],
    path: str,
    answer: Answer,
    shown: str,
    ill: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing = ILL[ill]
    services = everywhere(path, answer)
    services["assignment-svc"] = failing if isinstance(failing, Exception) else {path: failing}
    answering(monkeypatch, services)
    assert main(command) == 1
    out, err = capsys.readouterr()
    assert out.count(shown) == 3
    assert "assignment-svc: no answer" in out
    assert len([line for line in err.splitlines() if line.startswith("error: ")]) == 1


def test_an_id_is_all_that_services_say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(
        monkeypatch, everywhere(FIND, things(), import_svc=things("event", "cause"), sync_svc=things("run"))
    )
    assert main(["find", ID, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["items"]
    assert [(each["service"], each["kind"]) for each in found] == [
        ("import-svc", "event"),
        ("import-svc", "cause"),
        ("sync-svc", "run"),
    ]


def test_an_id_of_nothing_says_who_was_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, everywhere(FIND, things()) | {"sync-svc": httpx.ConnectError("refused")})
    assert main(["find", ID]) == 1
    err = capsys.readouterr().err
    assert "at connection-svc, import-svc and assignment-svc; no answer from sync-svc" in err


@pytest.mark.parametrize("command", ["find", "timeline"])
def test_what_is_no_id_is_a_wrong_command_line(command: str) -> None:
    assert main([command, "no-id"]) == 2


def test_a_timeline_begins_with_the_connection(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    imported = event("AdministrationImported", 2, ids={"connection_id": CONNECTION})
    created = event("ConnectionCreated", 1, topic="koppel.connection.v1", key=CONNECTION)
    services = everywhere(EVENTS, logged(), import_svc=logged(imported), connection_svc=logged(created))
    answering(monkeypatch, services)
    assert main(["timeline", ID, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [each["event"] for each in told["events"]] == ["ConnectionCreated", "AdministrationImported"]
    assert set(told["log_begins_at"]) == set(NAMES)


def test_one_of_the_offices_people_reads_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    services = {name: {EVENTS: FORBIDDEN, OWN: logged(event(f"Of{name[:4]}", 1))} for name in NAMES}
    answering(monkeypatch, services)
    assert main(["timeline", ID]) == 0
    out = capsys.readouterr().out
    assert all(f"Of{name[:4]}" in out for name in NAMES)


def test_an_administration_without_events_says_since_when_they_are_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, everywhere(EVENTS, logged()))
    assert main(["timeline", ID]) == 1
    err = capsys.readouterr().err
    assert "There is no event of administration" in err
    assert "since 2025-12-31" in err


def test_what_a_limit_leaves_out_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answering(monkeypatch, everywhere(EVENTS, logged(event("SyncStarted", 1), more="1")))
    assert main(["timeline", ID, "--limit", "1"]) == 0
    assert "the first 1 of sync-svc; there are more" in capsys.readouterr().err


def test_events_need_a_condition(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    calls = answering(monkeypatch, everywhere(EVENTS, logged()))
    assert main(["events"]) == 1
    assert calls == []
    assert "at least one condition" in capsys.readouterr().err


def test_every_line_of_a_timeline_fits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = event("ConnectionReauthorizationRequired", 1)
    records = event(
        "RecordChanged",
        2,
        topic="koppel.record.v1",
        key=f"{ID}/ledger_account/1",
        count=1_000_000,
        causation_id=first["event_id"],
    )
    answering(monkeypatch, everywhere(EVENTS, logged(), sync_svc=logged(first, records)))
    assert main(["timeline", ID]) == 0
    out = capsys.readouterr().out
    assert "RecordChanged × 1000000 ledger_account" in out
    assert max(map(len, out.splitlines())) <= 80
