"""One question to several services: a silent one hides nothing of the others, and nobody answers for another."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from uuid import uuid4

import httpx
import pytest

from koppel_cli.main import main
from koppel_local.stack.stack import Stack

from .answering import NAMES, answering, page

AWAY = httpx.ConnectError("refused")
ID = "0198c0de-0000-7000-8000-000000000003"
PAST = datetime.now(UTC) - timedelta(hours=4, minutes=5)
"""Long ago, so that a run of half an hour tells it in the same words."""
AT = PAST.isoformat().replace("+00:00", "Z")
PARKED = {
    "id": ID,
    "consumer": "sync-svc",
    "type": "nl.koppel.AdministrationImported.v1",
    "key": "k",
    "version": 1,
    "cause": {"class": "permanent", "code": "handler_failed", "detail": "d"},
    "attempts": 1,
    "next_attempt_at": None,
    "parked_at": AT,
    "followers_held": 0,
}
CAUSE = {
    "consumer": "sync-svc",
    "class": "permanent",
    "code": "handler_failed",
    "type": None,
    "events": 1,
    "keys": 1,
    "oldest_parked_at": AT,
    "example": {"id": ID, "detail": "d"},
}
REPLAY = {
    "id": ID,
    "mode": "repair",
    "state": "finished",
    "target": ["sync-svc"],
    "progress": {"done": 1, "total": 1},
    "created_at": AT,
    "reason": "r",
}
STREAM = {
    "head": 1,
    "events": [{"version": 1, "type": "t", "at": AT, "published": True}],
    "consumers": [{"consumer": "sync-svc", "version": 1, "parked": None, "held": 0}],
}
VERDICT = {
    "id": ID,
    "outcome": "passes",
    "cause": None,
    "followers_passing": 0,
    "followers_held": 0,
    "then_parked": None,
}
LISTS = [
    (["parked", "list"], "/ops/v1/parked", page(PARKED), page()),
    (["parked", "causes"], "/ops/v1/parked-causes", page(CAUSE), page()),
    (["parked", "check", "--cause", "c"], "/ops/v1/parked/check", page(VERDICT), page()),
    (["replay", "list"], "/ops/v1/replays", page(REPLAY), page()),
    (["stream", "t", "k"], "/ops/v1/streams/t/k", STREAM, STREAM | {"events": [], "consumers": []}),
]


def _all(path: str, answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any] | Exception]:
    return {name: {path: answer} for name in NAMES}


@pytest.mark.parametrize(("command", "path", "answer", "_nothing"), LISTS)
@pytest.mark.parametrize("failing", [AWAY, httpx.ReadTimeout("hangs"), None])
def test_a_dead_service_never_blinds_a_list(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    path: str,
    answer: dict[str, Any],
    _nothing: object,
    failing: Exception | None,
) -> None:
    """Three answers and one "no answer"; the exit code says that something is missing."""
    problem = {"code": "database_unavailable", "detail": "It is away."}
    dead = failing or {path: httpx.Response(503, json=problem)}
    answering(monkeypatch, {**_all(path, answer), "connection-svc": dead})
    assert main(command) == 1
    told = capsys.readouterr()
    assert "sync-svc" in told.out or ID in told.out
    assert told.out.splitlines()[-1] == "connection-svc: no answer"
    assert ("connection-svc does not answer" if failing else "503 database_unavailable") in told.err
    assert main([*command, "--json"]) == 1
    told = capsys.readouterr()
    assert len(json.loads(told.out)) == 3
    assert "connection-svc" in told.err


@pytest.mark.parametrize(("command", "path", "answer", "_nothing"), LISTS)
def test_a_list_that_nobody_answers_fails_with_one_line_and_a_hint(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    path: str,
    answer: object,
    _nothing: object,
) -> None:
    del path, answer
    answering(monkeypatch, dict.fromkeys(NAMES, AWAY))
    assert main(command) == 1
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 2)


@pytest.mark.parametrize(("command", "path", "_answer", "nothing"), LISTS)
def test_one_service_that_is_asked_is_all_that_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    path: str,
    _answer: object,
    nothing: dict[str, Any],
) -> None:
    calls = answering(monkeypatch, _all(path, nothing))
    assert main([*command, "--service", "import-svc"]) == 0
    told = capsys.readouterr()
    assert {service for service, _, _ in calls} == {"import-svc"}
    assert "import-svc" in told.out + told.err


def test_no_part_is_probed_to_learn_where_the_services_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that hangs would hold up every list."""

    def probed(_: Stack) -> NoReturn:
        raise AssertionError("a list asks the services it names, and nothing else")

    monkeypatch.setattr(Stack, "status", probed)
    answering(monkeypatch, _all("/ops/v1/parked", page()))
    assert main(["parked", "list"]) == 0


def test_a_service_without_an_address_is_not_told_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was left out silently, and the list looked whole."""
    answering(monkeypatch, {"sync-svc": {"/ops/v1/parked": page()}})
    assert main(["parked", "list"]) == 0
    told = capsys.readouterr()
    assert told.out == "nothing is parked at sync-svc\n"
    assert told.err == "not asked, no address is known: connection-svc, import-svc and assignment-svc\n"


@pytest.mark.parametrize("command", [["parked", "show", ID], ["replay", "status", ID]])
def test_one_thing_is_found_behind_a_dead_service(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    there: dict[str, Any] = {
        "plan": None,
        "result": None,
        "differences": [],
        "waiting_for": [],
        "detail": None,
        "actor": "a",
    }
    done = {"done": 1, "total": 1, "eta_seconds": None}
    known = {f"/ops/v1/parked/{ID}": PARKED, f"/ops/v1/replays/{ID}": REPLAY | there | {"progress": done}}
    answering(monkeypatch, {**dict.fromkeys(NAMES, AWAY), "sync-svc": known})
    assert main(command) == 0
    assert ID in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "what"), [(["parked", "show"], "parked event"), (["replay", "status"], "replay")]
)
def test_what_is_not_found_names_who_was_asked_and_who_was_silent(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str], what: str
) -> None:
    sought = str(uuid4())
    answering(monkeypatch, {**dict.fromkeys(NAMES, AWAY), "sync-svc": {}, "import-svc": {}})
    assert main([*command, sought]) == 1
    expected = f"There is no {what} {sought} at import-svc and sync-svc; no answer from connection-svc and assignment-svc."
    assert capsys.readouterr().err.splitlines()[0] == f"error: {expected}"
    assert main([*command, sought, "--service", "sync-svc"]) == 1
    assert capsys.readouterr().err.splitlines()[0] == f"error: There is no {what} {sought} at sync-svc."


def test_a_retry_of_a_cause_tells_what_was_done_although_a_service_is_dead(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = "/ops/v1/parked/retry"
    answering(monkeypatch, {**_all(path, {"released": 2}), "sync-svc": AWAY})
    assert main(["parked", "retry", "--cause", "c", "--reason", "r"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told == [*(f"{name}: 2 due now" for name in NAMES[:3]), "sync-svc: no answer"]


@pytest.mark.parametrize(("command", "path", "answer", "_nothing"), [LISTS[0], LISTS[1], LISTS[3], LISTS[4]])
def test_times_are_told_from_now_and_kept_as_instants_for_programs(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    path: str,
    answer: dict[str, Any],
    _nothing: object,
) -> None:
    answering(monkeypatch, _all(path, answer))
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "4 h ago" in told
    assert AT not in told
    main([*command, "--json"])
    assert AT in capsys.readouterr().out


@pytest.mark.parametrize(
    ("next_attempt", "expected"),
    [
        (None, "an operator"),
        (timedelta(minutes=2, seconds=30), "a retry in 2 min"),
        (-timedelta(minutes=2), "a retry now"),
    ],
)
def test_a_parked_event_waits_for_a_person_or_for_its_retry(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    next_attempt: timedelta | None,
    expected: str,
) -> None:
    due = next_attempt and (datetime.now(UTC) + next_attempt).isoformat()
    answering(monkeypatch, _all("/ops/v1/parked", page(PARKED | {"next_attempt_at": due})))
    monkeypatch.setenv("COLUMNS", "300")
    main(["parked", "list"])
    assert f"  {expected}  " in capsys.readouterr().out
