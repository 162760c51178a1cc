"""The main job from end to end, as `make demo` shows it, and how it fails."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from koppel_local.stack.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_the_main_job_is_done_and_nothing_keeps_running(koppel: Any, state_dir: Path) -> None:
    done = koppel("demo", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout.splitlines()[-1])
    assert len(facts["steps"]) == 13
    profiles = [(each["kvk_number"] is not None, each["no_kvk_reason"]) for each in facts["administrations"]]
    assert profiles == [(True, None), (True, None), (False, "test_or_demo")]
    for administration in facts["administrations"]:
        assert administration["assignment"]["rule"] == "plan"
        assert len(administration["assignment"]["user_ids"]) == 3
        assert administration["sync"]["last_outcome"] in {"changed", "unchanged"}
        assert all(each["records"] for each in administration["sync"]["resources"])
    names = [event["event"] for event in facts["timeline"]["events"]]
    assert (names[0], names[-1]) == ("ConnectionCreated", "SyncCompleted")
    assert "RecordDeleted" in names
    status = Stack(state_dir).status()
    parts = [status["kafka"], status["postgres"], status["sandbox"], *status["services"].values()]
    assert [part["pids"] for part in parts] == [[]] * len(parts)


def test_a_step_that_goes_otherwise_fails_loudly_and_leaves_a_running_stack_alone(
    koppel: Any, state_dir: Path
) -> None:
    assert koppel("up").returncode == 0
    sandbox = Stack(state_dir).status()["sandbox"]["url"]
    fault = {"match": {"path": "/connect/token"}, "kind": "status", "status": 400}
    httpx.post(f"{sandbox}/_sandbox/faults", json=fault).raise_for_status()
    failed = koppel("demo", "--json")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert (
        'error: step 3, "Three login rounds at the package, one for each company", failed.' in failed.stderr
    )
    assert "Expected: outcome authorized" in failed.stderr
    assert koppel("status").returncode == 0
    assert koppel("down").returncode == 0
