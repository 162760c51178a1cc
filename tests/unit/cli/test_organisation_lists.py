"""`koppel kvk` and `koppel administrations`."""

import json

import httpx
import pytest

from koppel_cli.main import main

from .answering import answering, page

BAKER = {
    "kvk_number": "01234567",
    "name": "Bakkerij",
    "sector": {"sbi_version": "2025", "code": "C"},
    "sbi": [{"code": "10710", "main": True}, {"code": "47240", "main": False}],
    "active": True,
    "source": "kvk",
    "fetched_at": "2026-11-24T12:00:00Z",
}
ADMINISTRATION = {
    "id": "a-1",
    "name": "Bakkerij",
    "provider": "moneybird",
    "kvk_number": "01234567",
    "no_kvk_reason": None,
    "sector": {"sbi_version": "2025", "code": "C"},
    "status": "active",
    "vanished_at": None,
    "duplicates": ["a-2"],
}
Capture = pytest.CaptureFixture[str]


def test_a_number_is_told_in_lines(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    calls = answering(monkeypatch, {"import-svc": {"/v1/kvk/01234567": BAKER}})
    assert main(["kvk", "0123 4567"]) == 0
    assert calls == [("import-svc", "GET", "/v1/kvk/01234567")]
    assert capsys.readouterr().out.splitlines() == [
        "01234567  Bakkerij",
        "registered",
        "main activity 10710",
        "section C (SBI 2025)",
        "as kvk said at 2026-11-24T12:00:00Z",
    ]


def test_an_ended_company_without_a_section_says_so(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    ended = BAKER | {"active": False, "sector": None, "sbi": []}
    answering(monkeypatch, {"import-svc": {"/v1/kvk/01234567": ended}})
    assert main(["kvk", "01234567"]) == 0
    assert capsys.readouterr().out.splitlines()[1:4] == [
        "its registration has ended",
        "main activity unknown",
        "no sure section",
    ]


def test_a_refusal_is_a_line_and_an_exit_code(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    refused = httpx.Response(404, json={"code": "kvk_number_unknown", "detail": "Nobody has it."})
    answering(monkeypatch, {"import-svc": {"/v1/kvk/69599999": refused}})
    assert main(["kvk", "69599999"]) == 1
    assert "kvk_number_unknown" in capsys.readouterr().err


def test_administrations_are_a_table(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    gone = ADMINISTRATION | {
        "id": "a-2",
        "vanished_at": "2026-11-24T12:00:00Z",
        "duplicates": [],
        "kvk_number": None,
        "no_kvk_reason": "no_company",
    }
    answering(monkeypatch, {"import-svc": {"/v1/administrations": page(ADMINISTRATION, gone)}})
    assert main(["administrations", "--sort", "name"]) == 0
    _, first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["a-1", "Bakkerij", "moneybird", "01234567", "C", "active", "1"]
    assert second.split() == ["a-2", "Bakkerij", "moneybird", "no_company", "C", "vanished", "-"]


def test_administrations_as_json_are_as_the_service_tells_them(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    answering(monkeypatch, {"import-svc": {"/v1/administrations": page(ADMINISTRATION)}})
    assert main(["administrations", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"items": [ADMINISTRATION]}


@pytest.mark.parametrize("command", [["kvk", "01234567"], ["administrations"]])
def test_an_organisation_needs_one_of_its_people(command: list[str], capsys: Capture) -> None:
    assert main(command) == 1
    assert "KOPPEL_TOKEN" in capsys.readouterr().err


HELD = {
    "id": "h-1",
    "administration_id": "a-1",
    "listing": "customers",
    "count": 30,
    "of": 60,
    "state": "open",
    "held_at": "2026-11-24T12:00:00Z",
}


def test_held_deletions_are_listed_the_open_ones_first(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    calls = answering(monkeypatch, {"sync-svc": {"/v1/held-deletions": page(HELD)}})
    assert main(["held-deletions"]) == 0
    assert calls == [("sync-svc", "GET", "/v1/held-deletions")]
    assert "customers" in capsys.readouterr().out


def test_a_held_deletion_is_released_with_a_reason(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    calls = answering(
        monkeypatch, {"sync-svc": {"/v1/held-deletions/h-1/release": HELD | {"state": "released"}}}
    )
    assert main(["held-deletions", "release", "h-1", "--reason", "opgeruimd"]) == 0
    assert calls == [("sync-svc", "POST", "/v1/held-deletions/h-1/release")]
    assert capsys.readouterr().out == "released: 30 records of customers\n"


def test_a_held_deletion_is_not_released_without_a_reason(capsys: Capture) -> None:
    assert main(["held-deletions", "release", "h-1"]) == 2
    assert "--reason" in capsys.readouterr().err
