"""Each seeded bug is found by the scenario that stands against it, and by the check that should find it."""

import gc
import time
import warnings
from collections.abc import Callable, Iterator
from math import inf

import pytest
from tests.chaos.rig.checker import Broken
from tests.chaos.rig.killed import Killed
from tests.chaos.rig.registered import MUTANTS, SCENARIOS
from tests.chaos.rig.schedule import LONG
from tests.chaos.rig.stage import stage

_STANDS_STILL = 4.0 if LONG else 1.0
"""Seconds without any change. The timers of the code that a scenario waits for are shorter; a long run waits longer, which
shows that haste kills no bug."""


@pytest.fixture(autouse=True)
def remains() -> Iterator[None]:
    """A seeded bug may break the Kafka client in the middle of its work. What that leaves open is collected here, and not
    as a warning in whichever test of this process comes later."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.parametrize("name", MUTANTS)
async def test_it_is_killed(
    name: str, postgres_server: str, kafka_server: str, killed: Callable[[Killed], None]
) -> None:
    mutant = MUTANTS[name]
    began = time.monotonic()
    async with stage(postgres_server, kafka_server) as here:
        here.stands_still = _STANDS_STILL if mutant.stands_still else inf
        with pytest.raises(Broken) as caught, mutant.applied():
            await SCENARIOS[mutant.killed_by].play(here)
    assert caught.value.check in mutant.checks, str(caught.value)
    killed(Killed(name, mutant.killed_by, caught.value.check, time.monotonic() - began))


def test_every_promise_has_its_seeded_bug() -> None:
    assert len(MUTANTS) >= 15
    assert not [mutant.name for mutant in MUTANTS.values() if mutant.killed_by not in SCENARIOS]
