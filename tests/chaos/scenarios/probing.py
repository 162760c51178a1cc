"""Liveness says that the process's own loops turn, and asks nobody; readiness says that it can serve."""

import asyncio
from datetime import timedelta

from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.stage import Stage, expect

from koppel.kernel.errors import Transient
from koppel.platform.health import Health
from koppel.platform.runner import TaskPart, lifecycle


@scenario(criterion=34)
async def server_that_is_away_makes_a_process_unready_and_never_dead(stage: Stage) -> None:
    """A process that is restarted for it would find the server away, too."""
    del stage
    health = Health()
    health.started()
    health.check("postgres", _away)
    expect("restarted", health.liveness().ok, "it looks dead")
    expect("called ready", not (await health.readiness()).ok, "it says it can serve")


@scenario(criterion=34)
async def loop_that_is_silent_makes_its_process_look_dead(stage: Stage) -> None:
    del stage
    now = 0.0
    health = Health(now=lambda: now)
    health.beat("relay", max_age=timedelta(seconds=60))
    now = 61.0
    expect("lives on", not health.liveness().ok, "nobody notices that the relay stands still")


@scenario(criterion=34)
async def part_that_dies_makes_its_process_look_dead_at_once(stage: Stage) -> None:
    del stage
    health = Health()
    part = TaskPart("relay", _dies)
    await lifecycle._live("a-svc", [part], [], health, asyncio.Event())
    await part.stop()
    expect("lives on", not health.liveness().ok, "nobody notices that the relay died")


async def _away() -> None:
    raise Transient("database_away", "The database is away.")


async def _dies() -> None:
    raise KeyError("lost")
