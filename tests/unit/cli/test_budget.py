"""`koppel budget`: what providers allow, in words."""

import json
from typing import Any

import pytest

from koppel_cli.main import main

from .answering import answering

WINDOW = {
    "provider": "exact_online", "window": "minute", "scope": "client company=7", "limit": 54, "provider_limit": 60,
    "seconds": 60, "used": 50, "reserved": 4, "remaining": 0, "resets_at": "2026-11-29T12:00:40Z",
}  # fmt: skip
SPENT = {
    "organisation_id": "o-1", "administration_id": "a-1", "provider": "exact_online", "endpoint": "crm/Accounts",
    "hour": "2026-11-29T12:00:00Z", "calls": 50, "refused": 0,
}  # fmt: skip
MINUTES = [
    {"at": f"2026-11-29T12:0{minute}:00Z", "provider": "exact_online", "calls": calls, "limit": 54}
    for minute, calls in enumerate((3, 9, 1))
]
ORGANISATION = {
    "provider": "exact_online", "administrations": 200, "calls_an_hour": 2400, "first_read_minutes": 44.4,
    "minutes_over_limit": 3,
}  # fmt: skip
ANSWER = {"windows": [WINDOW], "spent": [SPENT], "forecast": MINUTES, "added": [ORGANISATION]}


def budget(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], *arguments: str) -> int:
    answering(monkeypatch, {"sync-svc": {"/ops/v1/budget": answer}})
    return main(["budget", *arguments])


def test_it_tells_windows_spenders_the_day_and_one_more_organisation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert budget(monkeypatch, ANSWER, "--add", "200") == 0
    told = capsys.readouterr().out
    assert "54/54" in told
    assert "crm/Accounts" in told
    assert "13 calls are due in 24 hours\n  most in a minute 9 of 54, at 2026-11-29T12:01:00Z" in told
    assert "with 200 administrations\n  takes 2400 calls an hour, 44.4 minutes to be read once;" in told
    assert "  3 minutes of the day would be over the limit" in told
    assert max(map(len, told.splitlines())) <= 80


def test_nothing_called_yet_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert budget(monkeypatch, {"windows": [], "spent": [], "forecast": [], "added": []}) == 0
    assert capsys.readouterr().out.strip() == "nothing was called yet"


def test_json_is_the_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert budget(monkeypatch, ANSWER, "--json") == 0
    assert json.loads(capsys.readouterr().out) == ANSWER
