"""`koppel status`: a line a part, and what needs somebody, in 80 columns."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from koppel_local.commands.attention import needs
from koppel_local.commands.part_lines import part_lines
from koppel_local.stack.status import StackStatus

from .answering import NAMES, answering, page

HOUR_AGO = (datetime.now(UTC) - timedelta(hours=23, minutes=5)).isoformat()


def _status(**changed: Any) -> StackStatus:
    pids = [4_194_304]
    services = {name: {"url": f"http://{name}", "ready": True, "pids": pids} for name in NAMES}
    whole: Any = {
        "services": services | changed.pop("services", {}),
        "kafka": {"bootstrap_servers": "127.0.0.1:36671", "ready": True, "pids": pids},
        "postgres": {"dsn": "postgresql://admin:secret@127.0.0.1:50445/koppel", "ready": True, "pids": pids},
        "sandbox": {"url": "http://127.0.0.1:8190", "ready": True, "pids": pids},
        "identity": {"url": "http://127.0.0.1:8170", "ready": True, "pids": pids},
        "console": {"url": "http://127.0.0.1:8180", "ready": True, "pids": pids},
    }
    told: StackStatus = whole | changed
    return told


def _cause(events: int, due_by_themselves: int) -> dict[str, object]:
    return {"events": events, "due_by_themselves": due_by_themselves, "oldest_parked_at": HOUR_AGO}


def _causes(*causes: dict[str, object]) -> dict[str, object]:
    return {"/ops/v1/parked-causes": page(*causes)}


def test_a_healthy_stack_needs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {name: _causes(_cause(2, 2)) for name in NAMES})
    assert needs(_status(), "token") == []


def test_parked_events_that_wait_for_a_person_are_told_with_their_age(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quiet = {name: _causes() for name in NAMES}
    answering(monkeypatch, quiet | {"assignment-svc": _causes(_cause(9, 2), _cause(1227, 0))})
    (line,) = needs(_status(), "token")
    assert line == "assignment-svc: 1234 parked events, oldest 23 h ago: `koppel parked causes`"
    assert len(line) <= 78


def test_a_service_that_does_not_answer_hides_nothing_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = {name: _causes() for name in NAMES}
    away = httpx.ConnectError("refused")
    answering(monkeypatch, {**quiet, "import-svc": _causes(_cause(1, 0)), "sync-svc": away})
    assert needs(_status(), "token") == [
        "import-svc: 1 parked event, oldest 23 h ago: `koppel parked causes`",
        "parked events: no answer from sync-svc",
    ]


def test_parts_that_are_not_ready_are_told_with_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = answering(monkeypatch, {name: _causes() for name in NAMES})
    stuck = {"url": "http://import-svc", "ready": False, "pids": [7]}
    dead: dict[str, object] = {"url": "http://sync-svc", "ready": False, "pids": []}
    assert needs(_status(services={"import-svc": stuck, "sync-svc": dead}), "token") == [
        "import-svc is not ready: `make logs SERVICE=import-svc` says why",
        "1 part does not run: `make up` starts what is missing",
    ]
    assert {service for service, _, _ in calls} == {"connection-svc", "assignment-svc"}


def test_a_part_that_stopped_says_since_when(monkeypatch: pytest.MonkeyPatch, state_dir: Path) -> None:
    answering(monkeypatch, {name: _causes() for name in NAMES})
    (state_dir / "logs").mkdir()
    log = state_dir / "logs" / "connection-svc.log"
    log.write_text("the end\n")
    died = datetime.now(UTC) - timedelta(minutes=59, seconds=30)
    os.utime(log, (died.timestamp(), died.timestamp()))
    dead: dict[str, object] = {"url": "http://connection-svc", "ready": False, "pids": []}
    told, _ = needs(_status(services={"connection-svc": dead}), "token")
    assert told == "connection-svc stopped, last wrote 59 min ago: `koppel logs connection-svc`"
    assert len(told) <= 78


def test_every_line_fits_80_columns_and_no_password_is_in_it() -> None:
    many: list[int] = list(range(4_194_000, 4_194_300))
    brokers = ",".join(f"kafka-{number}.internal.example:9092" for number in range(3))
    place = "postgresql://admin:secret@database.internal.example:5432/koppel?password=secret&sslmode=require"
    lines = part_lines(
        _status(
            kafka={"bootstrap_servers": brokers, "ready": False, "pids": many},
            postgres={"dsn": place, "ready": False, "pids": []},
        )
    )
    assert max(map(len, lines)) <= 80
    assert "secret" not in "".join(lines)
    assert lines[2].split() == ["connection-svc", "ready", "http://connection-svc", "pid", "4194304"]
