"""Random steps against a model; steps that once failed are tried first, and still find the bug they found."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.chaos.rig.machine import Machine
from tests.chaos.rig.registered import MUTANTS
from tests.chaos.rig.schedule import LONG, SEED
from tests.chaos.rig.stage import stage

_KEPT = sorted((Path(__file__).parent / "regressions").glob("*.json"))


@pytest.fixture
def machine(postgres_server: str, kafka_server: str) -> Iterator[type[Machine]]:
    """The machine on a database of its own; all its runs share one loop."""
    with asyncio.Runner() as loop:
        open_things = AsyncExitStack()
        here = loop.run(open_things.enter_async_context(stage(postgres_server, kafka_server)))
        try:
            yield type("MachineHere", (Machine,), {"here": here, "loop": loop})
        finally:
            loop.run(open_things.aclose())


@pytest.mark.timeout(1_800 if LONG else 120)
def test_random_steps_end_where_the_model_ends(machine: type[Machine]) -> None:
    chosen = settings(
        max_examples=200 if LONG else 25,
        stateful_step_count=50 if LONG else 30,
        derandomize=not LONG,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
        print_blob=True,
    )
    chosen_machine = seed(SEED)(machine) if LONG else machine
    run_state_machine_as_test(chosen_machine, settings=chosen)  # type: ignore[no-untyped-call]  # Hypothesis has no type for it


@pytest.mark.parametrize("path", _KEPT, ids=lambda path: path.stem)
def test_steps_that_once_failed_hold(path: Path, machine: type[Machine]) -> None:
    _play(machine, path)


@pytest.mark.parametrize("path", _KEPT, ids=lambda path: path.stem)
def test_steps_that_once_failed_still_find_their_bug(path: Path, machine: type[Machine]) -> None:
    bug = MUTANTS[json.loads(path.read_text(encoding="utf-8"))["bug"]]
    with pytest.raises(AssertionError), bug.applied():
        _play(machine, path)


def _play(machine: type[Machine], path: Path) -> None:
    played = machine()
    for name, arguments in json.loads(path.read_text(encoding="utf-8"))["steps"]:
        getattr(played, name)(**arguments)
        played.the_database_says_what_the_model_says()
    played.teardown()
