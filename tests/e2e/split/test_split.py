"""The main job from end to end while every service runs as two processes each for calls, consuming, relaying and jobs."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.chaos.roles.split import Process, Split, split_stack

from koppel.testing.eventually import eventually
from koppel_cli.places import variable_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
_SHARDS = re.compile(r"^koppel_relay_shards(?:{[^}]*})? (\d+)", re.MULTILINE)


@pytest.fixture(scope="module")
def split(new_folder: Callable[[], Path]) -> Iterator[Split]:
    with split_stack(new_folder()) as made:
        yield made


def test_the_main_job_is_done_by_two_processes_a_role(split: Split) -> None:
    """The whole demonstration, by callers who know one address a service."""
    addresses = {variable_of(name): url for name, url in split.stage.services.items()} | {
        "KOPPEL_SANDBOX_URL": split.stage.sandbox,
        "KOPPEL_KAFKA_BOOTSTRAP_SERVERS": split.stage.kafka,
        "KOPPEL_STATE_DIR": str(split.stack.state_dir),
    }
    done = subprocess.run(
        [sys.executable, "-m", "koppel_cli.main", "demo", "--json"],
        env={**os.environ, **addresses},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout.splitlines()[-1])
    assert len(facts["steps"]) == 15
    outcomes = {each["sync"]["last_outcome"] for each in facts["administrations"]}
    assert outcomes <= {"changed", "unchanged"}


async def test_both_relays_of_a_service_have_their_half_of_the_shards(split: Split) -> None:
    relays = [each for each in split.processes if each.role == "relay"]

    async def halved() -> bool:
        return [await _shards(each) for each in relays] == [8] * len(relays)

    await eventually(halved, within=30, what=f"8 shards for each of {len(relays)} relays")


async def _shards(process: Process) -> int:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        told = (await http.get(f"http://127.0.0.1:{process.port}/metrics")).text
    return int(_SHARDS.findall(told)[0])
