"""What `koppel replay plan` asks, and of which service, from what was typed."""

import argparse
from typing import Any

import pytest

from koppel_cli.main import parser
from koppel_cli.replay.planning import _body, _owner
from koppel_cli.replay.render import progress, show
from koppel_local.failure import SetupFailed

TOPIC = "koppel.administration.v1"


def _typed(*words: str) -> argparse.Namespace:
    return parser().parse_args(["replay", "plan", "--target", "sync-svc", "--reason", "r", *words])


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
    streams = [[TOPIC, "a/b", *versions]]
    typed = argparse.Namespace(**{**vars(_typed("--stream", TOPIC, "a/b")), "stream": streams})
    assert _body(typed)["filter"] == {"streams": [{"topic": TOPIC, "key": "a/b", **expected}]}


@pytest.mark.parametrize("words", [(TOPIC,), (TOPIC, "k", "x-y"), (TOPIC, "k", "1", "2")])
def test_a_stream_that_makes_no_sense_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(SetupFailed):
        _body(_typed("--stream", *words))


def test_only_what_was_typed_is_asked() -> None:
    assert _body(_typed("--type", "t", "--from", "2026-01-01T00:00:00Z", "--parked-only", "--rate", "5")) == {
        "filter": {"types": ["t"], "from": "2026-01-01T00:00:00Z", "parked_only": True},
        "target": ["sync-svc"],
        "mode": "repair",
        "reason": "r",
        "rate": 5,
    }


@pytest.mark.parametrize(
    ("words", "owner"),
    [
        (("--stream", TOPIC, "k"), "import-svc"),
        (("--type", "nl.koppel.SyncStarted.v1"), "sync-svc"),
        (("--mode", "snapshot"), "sync-svc"),
        (("--stream", TOPIC, "k", "--service", "connection-svc"), "connection-svc"),
    ],
)
def test_the_owner_is_asked(words: tuple[str, ...], owner: str) -> None:
    assert _owner(_typed(*words)) == owner


@pytest.mark.parametrize("words", [(), ("--stream", TOPIC, "k", "--type", "nl.koppel.SyncStarted.v1")])
def test_without_one_owner_it_says_which_there_are(words: tuple[str, ...]) -> None:
    with pytest.raises(SetupFailed, match=r"import-svc has koppel\.administration\.v1"):
        _owner(_typed(*words))


def test_progress_in_one_line() -> None:
    replay: dict[str, Any] = {"state": "running", "progress": {"done": 5, "total": 20, "eta_seconds": 3}}
    assert progress(replay) == "running: 5 of 20 (25 %), 3 s to go"


@pytest.mark.parametrize("incomplete", [True, False])
def test_a_plan_whose_log_is_not_whole_says_so(capsys: pytest.CaptureFixture[str], incomplete: bool) -> None:
    plan = {"events": 1, "streams": 1, "targets": [], "incomplete_log": incomplete}
    told = {
        "id": "x",
        "mode": "rebuild",
        "state": "planned",
        "reason": "r",
        "actor": "person:p",
        "detail": None,
    }
    show(told | {"plan": plan, "result": None, "differences": [], "waiting_for": []}, as_json=False)
    printed = capsys.readouterr().out
    assert "plan: 1 event of 1 stream\n" in printed
    assert ("nothing is forgotten" in printed) is incomplete
