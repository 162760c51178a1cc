"""`koppel attention`: what needs somebody at all services, and who did not say."""

import json
from typing import Any

import httpx
import pytest

from koppel_cli.main import main

from .answering import NAMES, answering, page

Capture = pytest.CaptureFixture[str]
STANDING = {"events_behind": 7, "seconds_behind": 90.4}
QUIET: dict[str, Any] = {
    "/ops/v1/parked-causes": page({"events": 2, "due_by_themselves": 2}),
    "/ops/v1/consumers": page(
        {"events_behind": 3, "seconds_behind": 2.0}, {"events_behind": 0, "seconds_behind": None}
    ),
    "/ops/v1/reauthorizations": page(),
    "/ops/v1/held-deletions": page(),
}


def test_nothing_is_said_of_what_goes_on_by_itself(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    answering(monkeypatch, dict.fromkeys(NAMES, QUIET))
    assert main(["attention"]) == 0
    assert capsys.readouterr().out.startswith("nothing needs you at ")


def test_each_matter_is_a_line_with_its_command(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    waiting = page({"administrations_held_up": 3}, {"administrations_held_up": 1})
    busy = {
        "/ops/v1/consumers": page(STANDING),
        "/ops/v1/reauthorizations": waiting,
        "/ops/v1/held-deletions": page({}),
    }
    answering(monkeypatch, dict.fromkeys(NAMES, QUIET) | {"sync-svc": QUIET | busy})
    assert main(["attention"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "sync-svc: 7 events behind, 90 s at most: `koppel consumers --behind`",
        "sync-svc: 2 logins hold up 4 administrations: `koppel reauthorizations",
        "    --organisation all`",
        "sync-svc: 1 held deletion: `koppel held-deletions --organisation all`",
    ]


def test_a_dead_service_is_said_and_hides_nothing(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    late: dict[str, Any] = dict.fromkeys(NAMES, QUIET | {"/ops/v1/consumers": page(STANDING)})
    answering(monkeypatch, late | {"import-svc": httpx.ConnectError("refused")})
    assert main(["attention"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert (len(told), told[-1]) == (4, "import-svc: no answer")
    assert main(["attention", "--json"]) == 1
    assert [each["service"] for each in json.loads(capsys.readouterr().out)] == [
        name for name in NAMES if name != "import-svc"
    ]
