"""A process that leaves for good hands over what it has in hand: nothing of it is lost, and nobody waits for it to be missed."""

import asyncio
from collections import Counter
from functools import partial
from unittest.mock import patch
from uuid import UUID

from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.interfering import Interference
from tests.chaos.rig.stage import WITHIN, Stage, expect, running
from tests.chaos.rig.synchronised import synchronised
from tests.chaos.scenarios.applying import Target
from tests.integration.sync_svc.organisation import Organisation

from koppel.contracts.values import SyncOutcome
from koppel.platform.consumer import Consumer, live
from koppel.platform.health import Health
from koppel.platform.leased_worker import Due, LeasedWorker, Polling
from koppel.platform.leases import Lease
from koppel.platform.outbox import relay as relay_module
from koppel.testing.eventually import eventually
from sync_svc.domain.run import LEASE_KIND, RunState

_RECORDS = 40
_LOOKS = 5
"""Of a relay: the first may have begun before the other was told to leave."""
_LEASES = "select subject from lease where $1::uuid is not null"


@scenario(criterion=33)
async def run_of_a_worker_that_leaves_goes_on_at_another(stage: Stage) -> None:
    """The worker is told to stop while the provider lets it wait for the third of four pages."""
    async with synchronised(stage) as here:
        here.provider.add_customers(_RECORDS)
        run_id = await here.ask(here.request())
        waits = _waits_for_page(here, 3)
        leaving, staying = _Worker(here, run_id), _Worker(here, run_id)
        await leaving.start()
        await asyncio.wait_for(waits.wait(), WITHIN)
        await leaving.stop()
        outcome = (await here.run(run_id)).run.outcome
        expect("ended with its worker", outcome is None, f"the run is {outcome}")
        expect("left to expire", not await here.rows(_LEASES), "a lease that nobody extends bars the others")
        await staying.start()
        try:
            await eventually(partial(_finished, here, run_id), within=WITHIN)
        finally:
            await staying.stop()
        outcome = (await here.run(run_id)).run.outcome
        expect("ended otherwise", outcome is SyncOutcome.CHANGED, f"the run is {outcome}")
        live = len(await here.live())
        expect("lost", live == _RECORDS, f"{live} of {_RECORDS} records")
        pages = [number for listing, number, _ in here.provider.calls if listing == "customers"]
        expect("begun anew", pages.count(1) == 1, f"pages {pages}")


@scenario(criterion=33)
async def consumer_that_leaves_has_committed_what_it_completed(stage: Stage) -> None:
    """It is told to stop in the middle of a batch; who comes after it begins behind that."""
    target = Target(stage)
    target.handler.pause = asyncio.Event()
    async with running(stage.relay()):
        await stage.write("k", "k-1")
        consumer = Consumer(live(stage.database, target.subscriptions), stage.bootstrap)
        await consumer.start()
        await asyncio.wait_for(target.handler.paused.wait(), WITHIN)
        stopping = asyncio.create_task(consumer.stop())
        await asyncio.sleep(0)
        target.handler.release_pause()
        await stopping
        completed = await stage.applied(stage.group)
        committed = sum(each.offset for each in await stage.ledger.committed(stage.group))
        expect("given up", completed == ["k-1"], f"completed: {completed}")
        expect("delivered again", committed == 1, f"{committed} of 1 event is committed")
    await stage.judge()


@scenario(criterion=33)
async def relay_that_leaves_has_marked_what_it_sent(stage: Stage) -> None:
    """It is told to stop while the broker lets it wait for an answer, and another one is there to send in its place."""
    rules, arrived, may_arrive = Interference(), asyncio.Event(), asyncio.Event()
    looks: list[None] = []

    async def wait(topic: str, partition: int) -> None:
        arrived.set()
        await may_arrive.wait()

    rules.delay_answers = wait
    with patch.object(relay_module, "_CLAIM_EVERY", 0.0):
        async with running(stage.relay(rules.factory(stage.bootstrap))) as leaving:
            await stage.write("k", "k-1")
            await asyncio.wait_for(arrived.wait(), WITHIN)
            async with running(stage.relay(beat=lambda: looks.append(None))):
                leaving[0].cancel()
                await _more(looks, _LOOKS)
                may_arrive.set()
                await asyncio.wait(leaving)
                await stage.drained()
    seen = (await stage.ledger.evidence([stage.topic], {})).readings[0]
    times = Counter(each.event_id for each in seen)
    expect("published twice", set(times.values()) == {1}, f"{list(times.values())} times on the topic")
    await stage.judge()


async def _more(looks: list[None], times: int) -> None:
    enough = len(looks) + times

    async def looked() -> bool:
        return len(looks) >= enough

    await eventually(looked, within=WITHIN)


class _Worker(LeasedWorker):
    """Of one process, for this run only."""

    def __init__(self, here: Organisation, run_id: UUID) -> None:
        super().__init__("runs", LEASE_KIND, here.leases, Health(), concurrency=1, polling=Polling(idle=0.01))
        self._here = here
        self._run_id = run_id

    async def due(self, limit: int) -> Due:
        del limit
        return Due() if await _finished(self._here, self._run_id) else Due([self._run_id])

    async def perform(self, subject: UUID, lease: Lease) -> None:
        del subject
        await self._here.perform_under(lease)


def _waits_for_page(here: Organisation, page: int) -> asyncio.Event:
    """Set once the page is asked for, which is not answered this time."""
    waits = asyncio.Event()

    async def say_nothing() -> None:
        waits.set()
        await asyncio.Event().wait()

    def next_is(listing: str, number: int) -> None:
        if (listing, number) == ("customers", page - 1) and not waits.is_set():
            here.provider.meanwhile = say_nothing

    here.provider.fault = next_is
    return waits


async def _finished(here: Organisation, run_id: UUID) -> bool:
    return (await here.run(run_id)).run.state is RunState.FINISHED
