"""Types for subscribers' own code: they compile, they hold every event that ever was, and they refuse what is wrong."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from koppel.contracts.bindings.declarations import declarations
from koppel.contracts.event import Event
from koppel.contracts.gate.examples import examples
from koppel.contracts.gate.golden import golden
from koppel.contracts.registry import EVENTS
from koppel.testing import node
from koppel_local.kafka.jars import cache_folder

TYPES = Path(__file__).parents[3] / "docs/subscribers/types"
COMPILER = Path(__file__).parent / "typescript_compiler"
PYTHON_READER = """
import json
from koppel_events import RecordChanged, SyncCompleted


def open_amount(value: bytes) -> str | None:
    event: RecordChanged = json.loads(value)
    if event["resource"] == "contact":
        return event["data"].get("unpaid_amount")
    return None


def failed(event: SyncCompleted) -> int:
    return sum(count["failed"] for count in event["resources"] if count["state"] == "done")
"""
TYPESCRIPT_READER = """
import type { Events, RecordChanged } from "./koppel_events";

export function openAmount(value: string): string | null | undefined {
  const event: RecordChanged = JSON.parse(value);
  return event.resource === "contact" ? event.data.unpaid_amount : null;
}

export function failed(event: Events["nl.koppel.SyncCompleted.v1"]): number {
  return event.resources.filter((count) => count.state === "done").reduce((sum, count) => sum + count.failed, 0);
}
"""


@pytest.fixture(scope="module")
def python_types() -> dict[str, Any]:
    text = (TYPES / "koppel_events.py").read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "koppel_events"}
    # pydantic reads typed dictionaries of typing only from Python 3.12 on
    exec(text.replace("from typing import", "from typing_extensions import"), names)  # noqa: S102  (ours)
    found: dict[str, Any] = names["EVENTS"]
    return found


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_every_golden_event_and_every_example_is_of_its_type(
    event: type[Event], python_types: dict[str, Any]
) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(python_types[event.type_name()])
    for value in (*(each.value for each in golden(event)), *(each.value for each in examples(event))):
        adapter.validate_json(json.dumps(value), strict=True)
        shortened = dict(list(value.items())[1:])
        with pytest.raises(ValueError, match="organisation_id"):
            adapter.validate_json(json.dumps(shortened))


def test_a_name_has_one_meaning_in_both_languages() -> None:
    names = [declared.name for declared in declarations()]
    assert len(names) == len(set(names))
    for path in (TYPES / "koppel_events.py", TYPES / "koppel_events.ts"):
        text = path.read_text(encoding="utf-8")
        assert [name for name in names if f"{name}" not in text] == []


def test_mypy_accepts_a_reader_and_refuses_a_wrong_one(tmp_path: Path) -> None:
    wrong = PYTHON_READER.replace('.get("unpaid_amount")', '["unpaid"]').replace(
        'count["failed"]', 'count["fail"]'
    )
    _write(tmp_path, "py", PYTHON_READER, wrong)
    done = _run(tmp_path, [sys.executable, "-m", "mypy", "--strict", "reader.py", "wrong.py"])
    assert not [line for line in done.stdout.splitlines() if line.startswith(("reader", "koppel_events"))]
    assert 'TypedDict "Contact" has no key "unpaid"' in done.stdout
    assert 'TypedDict "ResourceCount" has no key "fail"' in done.stdout


def test_the_typescript_compiler_accepts_a_reader_and_refuses_a_wrong_one(tmp_path: Path) -> None:
    wrong = TYPESCRIPT_READER.replace(".unpaid_amount", ".unpaid").replace("count.failed", "count.fail")
    _write(tmp_path, "ts", TYPESCRIPT_READER, wrong)
    compiler = node.installed(COMPILER, cache_folder().parent) / "node_modules/typescript/bin/tsc"
    command = [str(node.node_commands(tmp_path / "node") / "node"), str(compiler)]
    options = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022", "reader.ts", "wrong.ts"]
    done = _run(tmp_path, [*command, *options])
    assert not [
        line for line in done.stdout.splitlines() if line.startswith(("reader", "koppel_events", "error"))
    ]
    assert "Property 'unpaid' does not exist on type 'Contact'" in done.stdout
    assert "Property 'fail' does not exist on type 'ResourceCount'" in done.stdout


def _write(tmp_path: Path, language: str, reader: str, wrong: str) -> None:
    name = f"koppel_events.{language}"
    for path, text in (
        (name, (TYPES / name).read_text("utf-8")),
        (f"reader.{language}", reader),
        (f"wrong.{language}", wrong),
    ):
        (tmp_path / path).write_text(text, encoding="utf-8")


def _run(tmp_path: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100)
