"""kill -9 at the awaits of writer, relay, consumer and retry: found by a dry run, then killed at one after another."""

import signal
from random import Random
from typing import Any

import pytest
from tests.chaos.criteria.figures import Figure, Report
from tests.chaos.rig.run import Run
from tests.chaos.rig.schedule import LONG, SEED, progress

from koppel.testing.eventually import eventually

_SAMPLED = 10
_OPERATIONS = 8
_ENDLESS = 1_000_000
"""A process that is to die writes until it does, so that each point comes."""
_RARE = 0.1
"""Share of the points that may not come again: those of what happens once in a database's life."""
_FEWEST = 60
"""Points that the dry run must find; fewer means that the rig has gone blind."""


@pytest.mark.timeout(1_800 if LONG else 120)
async def test_a_process_killed_at_any_await_loses_and_doubles_nothing(calm_run: Run, report: Report) -> None:
    points = await _points(calm_run)
    assert len(points) >= _FEWEST, points
    sampled = points if LONG else Random(SEED).sample(points, _SAMPLED)
    unreached = []
    for number, point in enumerate(sampled):
        reached = await _killed_at(calm_run, point, number)
        unreached += [] if reached else [point]
        progress(f"{number + 1}/{len(sampled)} {point}{'' if reached else ': not reached again'}")
    assert len(unreached) <= len(sampled) * _RARE, unreached
    calm_run.crew.start("all", "all", operations=_OPERATIONS, seed=99, **_MEMBER)
    await calm_run.healed()
    evidence = await calm_run.judge()
    assert evidence.effects
    report.says(
        1,
        f"kill -9 at {len(sampled) - len(unreached)} of {len(points)} awaits, {len(evidence.log):,} events",
        Figure(criterion=1, name="points", seen=len(points), bound=_FEWEST, least=True, safety=True),
        Figure(criterion=1, name="points not reached again", seen=len(unreached), bound=len(sampled) * _RARE),
        Figure(criterion=1, name="lost, doubled, ghosts", seen=0, bound=0, safety=True),
    )


async def _killed_at(calm_run: Run, point: str, number: int) -> bool:
    """Whether a process came to the point and died there; the remains are the next one's."""
    crew = calm_run.crew
    crew.start("all", "all", crash_at=f"{point}:1", operations=_ENDLESS, seed=number, **_MEMBER)

    async def ended() -> bool:
        return crew.code("all") is not None

    try:
        await eventually(ended, within=20)
    except AssertionError:
        crew.drop("all")
        return False
    assert crew.code("all") == -signal.SIGKILL, point
    return True


_MEMBER: dict[str, Any] = {"instance": "0", "failing": 0.3, "keys": 5, "tasks": 2, "delay": 0.1}


async def _points(calm_run: Run) -> list[str]:
    """All names that one undisturbed process passes."""
    file = calm_run.folder / "points"
    calm_run.crew.start("all", "all", points=str(file), operations=_OPERATIONS * 3, **_MEMBER)
    await calm_run.healed()
    calm_run.crew.drop("all")
    return sorted(set(file.read_text(encoding="utf-8").split("\n")) - {""})
