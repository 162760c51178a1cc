"""The main job from end to end, as `make demo` shows it, and how it fails."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from koppel_local.stack.stack import Stack
from koppel_local.stack.status import StackStatus

ROOT = Path(__file__).parents[3]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_the_main_job_is_done_and_nothing_keeps_running(koppel: Any, state_dir: Path) -> None:
    Stack(state_dir).down()
    done = koppel("demo", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout.splitlines()[-1])
    assert len(facts["steps"]) == 15
    profiles = [(each["kvk_number"] is not None, each["no_kvk_reason"]) for each in facts["administrations"]]
    assert profiles == [(True, None), (True, None), (False, "test_or_demo"), (True, None)]
    providers = [each["provider"] for each in facts["administrations"]]
    assert providers == ["eaccounting"] * 3 + ["exact_online"]
    rules = [each["assignment"]["rule"] for each in facts["administrations"]]
    assert rules == ["plan"] * 3 + ["default"]
    for administration in facts["administrations"]:
        assert administration["sync"]["last_outcome"] in {"changed", "unchanged"}
        assert all(each["records"] for each in administration["sync"]["resources"])
    names = [event["event"] for event in facts["timeline"]["events"]]
    assert (names[0], names[-1]) == ("ConnectionCreated", "SyncCompleted")
    assert "RecordDeleted" in names
    status = Stack(state_dir).status()
    parts = [status["kafka"], status["postgres"], status["sandbox"], *status["services"].values()]
    assert [part["pids"] for part in parts] == [[]] * len(parts)


def test_a_step_that_goes_otherwise_fails_loudly_and_leaves_a_running_stack_alone(
    koppel: Any, running: StackStatus, state_dir: Path
) -> None:
    with httpx.Client(base_url=running["sandbox"]["url"] or "") as sandbox:
        fault = {"match": {"path": "/connect/token"}, "kind": "status", "status": 400}
        sandbox.post("/_sandbox/faults", json=fault).raise_for_status()
        failed = koppel("demo", "--json")
        sandbox.delete("/_sandbox/faults").raise_for_status()
    assert (failed.returncode, failed.stdout) == (1, "")
    assert (
        'error: step 3, "Three login rounds at the provider, one for each company", failed.' in failed.stderr
    )
    assert "Expected: outcome authorized" in failed.stderr
    assert koppel("status").returncode == 0
    told = _readme_call(state_dir)
    assert told.returncode == 0, told.stderr
    assert "eaccounting" in [each["id"] for each in json.loads(told.stdout.splitlines()[-1])["items"]]


def _readme_call(state_dir: Path) -> "subprocess.CompletedProcess[str]":
    """The commands of "Try a call" as they are printed, on the stack that runs."""
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Try a call\n")[2]
    printed = re.search(r"^```sh\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert printed
    assert set(re.findall(r"^(?:[A-Z]+=\$\()?([a-z]+)", printed[1], re.MULTILINE)) == {"make", "curl"}
    return subprocess.run(
        ["sh", "-euc", printed[1]],
        cwd=ROOT,
        env={**os.environ, "KOPPEL_STATE_DIR": str(state_dir)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
