"""What commands say, for a person and for a log."""

import json
import logging
import sys

import pytest

from koppel.kernel.errors import Permanent
from koppel.platform.command_line import service_main
from koppel.platform.console import complain, say
from koppel.platform.settings import KoppelSettings, load_settings
from koppel_local.jobs.main import main
from koppel_sandbox.web.json_lines import JsonLines

MEMBERS = ["time", "level", "service", "logger", "message"]


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOPPEL_LOG_FORMAT", "json")
    monkeypatch.setattr(sys, "argv", ["/opt/koppel/bin/sync-svc"])


def test_a_person_gets_plain_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KOPPEL_LOG_FORMAT", raising=False)
    say("done")
    complain("Mend it.")
    assert capsys.readouterr() == ("done\n", "error: Mend it.\n")


@pytest.mark.usefixtures("logs")
def test_a_log_gets_lines_as_a_service_writes_them(capsys: pytest.CaptureFixture[str]) -> None:
    say("done")
    complain('Mend "it":\nnow.')
    out, err = capsys.readouterr()
    assert (out.count("\n"), err.count("\n")) == (1, 1)
    assert list(json.loads(out)) == MEMBERS
    told = json.loads(err)
    assert (told["level"], told["service"], told["message"]) == ("error", "sync-svc", 'Mend "it":\nnow.')


@pytest.mark.usefixtures("logs")
def test_no_line_of_a_log_holds_a_password(capsys: pytest.CaptureFixture[str]) -> None:
    complain("No server at postgresql://sync_app:hush@db:5432/koppel.")
    assert "hush" not in capsys.readouterr().err


@pytest.mark.usefixtures("logs")
def test_settings_jobs_and_commands_complain_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def refuse(*_: object) -> list[str]:
        raise Permanent("refused", "Not now.")

    monkeypatch.delenv("KOPPEL_KAFKA_BOOTSTRAP_SERVERS", raising=False)
    with pytest.raises(SystemExit):
        load_settings(KoppelSettings)
    main(["topics"])
    with pytest.raises(SystemExit):
        service_main("sync-svc", run=refuse, migrate=refuse, arguments=["migrate"])  # type: ignore[arg-type]
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["level"] for line in lines} == {"error"}
    assert lines[-1]["message"] == "Not now."
    assert len(lines) > 3


def test_the_sandbox_writes_the_same_members() -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        line = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "a %s", ("b",), sys.exc_info())
    told = json.loads(JsonLines().format(line))
    assert list(told) == [*MEMBERS, "exception"]
    assert (told["message"], told["level"]) == ("a b", "error")
