"""When what failed is tried again, and by whom."""

import asyncio
from datetime import timedelta

from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.contract import step
from tests.chaos.rig.stage import WITHIN, Stage, expect
from tests.chaos.scenarios.applying import AT_ONCE, Target, release_all

from koppel.kernel.errors import Transient
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.parked.retry import Retry
from koppel.platform.consumer.processor import Processor
from koppel.platform.outbox import EventLog

_SPREAD = 0.2
"""Of the delay; what the acceptance criteria ask for."""


@scenario(criterion=13)
async def nothing_is_tried_before_the_other_side_allows(stage: Stage) -> None:
    target = Target(stage)
    await stage.write("k", "k-1")
    target.handler.failing["k-1"] = Transient("busy", "Not now.", retry_after=3_600)
    await target.apply(await target.arrivals())
    before = len(target.handler.seen)
    target.handler.failing.clear()
    await target.retry._try_one()
    expect("tried too early", len(target.handler.seen) == before, "the other side asked for an hour")
    await release_all(stage, target)
    await stage.judge_effects()


@scenario(criterion=13)
async def what_failed_together_does_not_come_back_together(stage: Stage) -> None:
    target = Target(stage)
    delay = timedelta(seconds=100)
    async with stage.transaction() as connection:
        await EventLog(connection).append(*(step(f"k{number}", f"op-{number}") for number in range(40)))
    target.handler.failing = {f"op-{number}": Transient("busy", "Not now.") for number in range(40)}
    policy = RetryPolicy(first=delay)
    await Processor(stage.database, target.subscriptions, policy).apply(await target.arrivals())
    async with stage.database.system() as connection:
        spread = await connection.fetchval(
            "select extract(epoch from max(next_attempt_at - parked_at) - min(next_attempt_at - parked_at))::float"
            " from parked_event"
        )
    seen = f"{spread:.0f} s of {delay.total_seconds():.0f} s"
    expect("back at once", spread >= _SPREAD * delay.total_seconds(), seen)
    target.handler.failing.clear()
    await release_all(stage, target)
    await stage.judge_effects()


@scenario(criterion=12)
async def event_in_hand_is_not_tried_by_another_too(stage: Stage) -> None:
    target = Target(stage)
    await stage.write("k", "k-1")
    target.handler.failing["k-1"] = Transient("busy", "Not now.")
    await target.apply(await target.arrivals())
    target.handler.failing.clear()
    target.handler.paused.clear()
    go_on = target.handler.pause = asyncio.Event()
    first = asyncio.create_task(target.retry._try_one())
    await asyncio.wait_for(target.handler.paused.wait(), WITHIN)
    second = asyncio.create_task(Retry(stage.database, target.subscriptions, AT_ONCE)._try_one())
    # It waits for the first one's lock, or finds nothing: waiting needs no longer than this.
    await asyncio.wait({second}, timeout=0.4)
    go_on.set()
    await asyncio.gather(first, second)
    await stage.judge_effects()
