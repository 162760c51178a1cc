"""What `koppel replay plan` asks, and of which service, from what was typed."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from koppel.contracts.registry import BY_TYPE
from koppel.contracts.topics import BY_NAME
from koppel_cli.failure import CommandFailed
from koppel_cli.main import main
from koppel_cli.places import SERVICES, variable_of
from koppel_cli.replay.render import progress, show
from koppel_cli.replay.request import Chosen, folded_streams, owner, request
from koppel_cli.topics import OWNER_OF_TOPIC, owner_of_type

from .answering import answering, page

TOPIC = "koppel.administration.v1"


def _chosen(*streams: tuple[str, ...], **others: Any) -> Chosen:
    words = ["\0".join(stream) for stream in streams]
    return Chosen(**({"streams": words, "targets": ["sync-svc"], "reason": "r"} | others))


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ((), {}),
        (("3-7",), {"from_version": 3, "to_version": 7}),
        (("3-",), {"from_version": 3}),
        (("-7",), {"to_version": 7}),
        (("5",), {"from_version": 5, "to_version": 5}),
    ],
)
def test_a_stream_and_its_versions(versions: tuple[str, ...], expected: dict[str, int]) -> None:
    typed = folded_streams(["--stream", TOPIC, "a/b", *versions, "--reason", "r"])
    assert typed[2:] == ["--reason", "r"]
    assert request(_chosen(tuple(typed[1].split("\0"))))["filter"] == {
        "streams": [{"topic": TOPIC, "key": "a/b", **expected}]
    }


def test_what_was_typed_is_what_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the owner of the streams, each with two words or three; other options are left alone."""
    asked: list[tuple[str, Any]] = []

    def call(method: str, url: str, **given: Any) -> httpx.Response:
        asked.append((url, given["json"]))
        return httpx.Response(422, json={"code": "wrong", "detail": "d"})

    monkeypatch.setattr("koppel_cli.http_call.request", call)
    monkeypatch.setenv("KOPPEL_TOKEN", "t")
    for name in SERVICES:
        monkeypatch.setenv(variable_of(name), f"http://{name}")
    streams = ["--stream", TOPIC, "k one", "3-7", "--stream", TOPIC, "k2"]
    assert main(["replay", "plan", *streams, "--reason", "two words", "--target", "all", "--rate", "5"]) == 1
    [(url, body)] = asked
    assert url == "http://import-svc/ops/v1/replays"
    assert (body["target"], body["reason"], body["rate"]) == ("all", "two words", 5)
    assert [stream["key"] for stream in body["filter"]["streams"]] == ["k one", "k2"]
    assert "422 wrong" in capsys.readouterr().err


@pytest.mark.parametrize("words", [(TOPIC,), (TOPIC, "k", "x-y"), (TOPIC, "k", "1", "2")])
def test_a_stream_that_makes_no_sense_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandFailed):
        request(_chosen(words))


def test_only_what_was_typed_is_asked() -> None:
    administration = uuid4()
    chosen = _chosen(
        types=["t"], from_="2026-01-01T00:00:00Z", parked_only=True, rate=5, administrations=[administration]
    )
    assert json.loads(json.dumps(request(chosen))) == {
        "filter": {
            "administration_ids": [str(administration)],
            "types": ["t"],
            "from": "2026-01-01T00:00:00Z",
            "parked_only": True,
        },
        "target": ["sync-svc"],
        "mode": "repair",
        "reason": "r",
        "rate": 5,
    }


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (_chosen((TOPIC, "k")), "import-svc"),
        (_chosen(types=["nl.koppel.SyncStarted.v1"]), "sync-svc"),
        (_chosen(mode="snapshot"), "sync-svc"),
    ],
)
def test_the_owner_is_asked(chosen: Chosen, expected: str) -> None:
    assert owner(chosen) == expected


@pytest.mark.parametrize("chosen", [_chosen(), _chosen((TOPIC, "k"), types=["nl.koppel.SyncStarted.v1"])])
def test_without_one_owner_it_says_which_there_are(chosen: Chosen) -> None:
    with pytest.raises(CommandFailed, match=r"import-svc has koppel\.administration\.v1"):
        owner(chosen)


def test_owners_are_those_of_the_contracts() -> None:
    """The command line is installed without them."""
    topics = {name: topic.owner for name, topic in BY_NAME.items() if topic.owner in SERVICES}
    assert topics == OWNER_OF_TOPIC
    types = {name: event.topic.owner for name, event in BY_TYPE.items() if event.topic.owner in SERVICES}
    assert {name: owner_of_type(name) for name in types} == types


def test_progress_in_one_line() -> None:
    replay: dict[str, Any] = {"state": "running", "progress": {"done": 5, "total": 20, "eta_seconds": 3}}
    assert progress(replay) == "running: 5 of 20 (25 %), 3 s to go"


TOLD = {"id": "x", "mode": "rebuild", "state": "planned", "reason": "r", "actor": "person:p", "detail": None}
NOTHING_MORE: dict[str, Any] = {"result": None, "differences": [], "waiting_for": []}
COUNTS = {"apply": 3, "skip": 0, "hold": 0, "park": 0, "reports": True}


@pytest.mark.parametrize("incomplete", [True, False])
def test_a_plan_whose_log_is_not_whole_says_so(capsys: pytest.CaptureFixture[str], incomplete: bool) -> None:
    plan = {"events": 1, "streams": 1, "targets": [], "incomplete_log": incomplete}
    show(TOLD | NOTHING_MORE | {"plan": plan}, as_json=False)
    printed = capsys.readouterr().out
    assert "plan: 1 event of 1 stream\n" in printed
    assert ("nothing is forgotten" in printed) is incomplete


def test_a_plan_says_which_rows_it_changes(capsys: pytest.CaptureFixture[str]) -> None:
    changed = {"table": "assignment", "inserted": 2, "updated": 1, "deleted": 0}
    told = {"consumer": "assignment-svc", **COUNTS, "changes": [changed], "estimated": True}
    told["appends"] = [{"type": "nl.koppel.AdministrationAssigned.v1", "events": 2}]
    unchanged = {"consumer": "sync-svc", **COUNTS, "changes": [], "appends": [], "estimated": False}
    older = {"consumer": "import-svc", **COUNTS}
    plan = {"events": 3, "streams": 1, "targets": [told, unchanged, older], "incomplete_log": False}
    show(TOLD | NOTHING_MORE | {"plan": plan}, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert ["assignment-svc", "assignment", "2", "1", "0"] in [line.split() for line in lines]
    assert "assignment-svc appends 2 × nl.koppel.AdministrationAssigned.v1" in lines
    assert any(line.startswith("assignment-svc: at least those") for line in lines)
    assert not any(line.startswith("sync-svc:") for line in lines)


def test_verdicts_are_those_of_every_consumer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    replay = uuid4()
    ranges = {"topic": TOPIC, "key": "k", "from": 1, "to": 3, "verdict": "skip", "reason": "applied_before"}
    there = {f"/ops/v1/replays/{replay}/verdicts": page(ranges)}
    answering(
        monkeypatch, {"import-svc": {}, "sync-svc": there, "assignment-svc": httpx.ConnectError("away")}
    )
    assert main(["replay", "verdicts", str(replay)]) == 1
    printed = capsys.readouterr()
    assert ["sync-svc", "skip", "applied_before", "1-3", TOPIC, "k"] in [
        line.split() for line in printed.out.splitlines()
    ]
    assert "assignment-svc: no answer" in printed.out
