"""Processes that come, go, and have more before them than they can do at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

from faststream.kafka import KafkaBroker
from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.contract import PARTITIONS
from tests.chaos.rig.stage import WITHIN, Stage, expect, running
from tests.chaos.scenarios.applying import Target

from koppel.platform.consumer import Consumer
from koppel.platform.health import Health
from koppel.platform.leased_worker import Due, LeasedWorker, Polling
from koppel.platform.leases import Lease, Leases
from koppel.testing.eventually import eventually

_PLACES = 2
_WAITING = 200


@scenario(criterion=33)
async def static_member_that_restarts_leaves_its_neighbour_alone(stage: Stage) -> None:
    """What the neighbour has it keeps, and goes on meanwhile."""
    target = Target(stage)
    with _quick_to_hear():
        async with running(stage.relay()), stage.consuming(target.subscriptions, instance="1") as neighbour:
            async with stage.consuming(target.subscriptions, instance="2"):
                await eventually(partial(_shares, neighbour), within=WITHIN)
            since = neighbour._listener.since
            async with stage.consuming(target.subscriptions, instance="2"):
                await stage.write("k", "k-1", "k-2")
                await stage.drained()
            expect("neighbour let go", neighbour._listener.since == since, "its group was balanced anew")
    await stage.judge()


@contextmanager
def _quick_to_hear() -> Iterator[None]:
    """Members that hear of each other within a fifth of a second instead of two."""
    subscriber = KafkaBroker.subscriber

    def quick(self: KafkaBroker, *topics: str, **settings: Any) -> Any:
        return subscriber(self, *topics, **settings | {"heartbeat_interval_ms": 200})

    with patch.object(KafkaBroker, "subscriber", quick):
        yield


async def _shares(consumer: Consumer) -> bool:
    client: Any = consumer._subscriber and consumer._subscriber.consumer
    return 0 < len(client.assignment()) < PARTITIONS


@scenario(criterion=35)
async def worker_has_no_more_in_hand_than_its_places(stage: Stage) -> None:
    """However much waits, and however slow the other side is."""
    async with _working(stage) as worker:
        await eventually(partial(_has_begun, worker, _PLACES), within=WITHIN)
        looks = worker.looks
        worker.wake()
        worker.slow.set()
        await eventually(partial(_has_begun, worker, 5 * _PLACES), within=WITHIN)
        expect("more than its places", worker.most <= _PLACES, f"{worker.most} at a time")
        expect("looks for what it cannot begin", worker.looks > looks, "it never looked again")


class _Worker(LeasedWorker):
    """Has `_WAITING` things to do, each of which takes until `slow` is set."""

    def __init__(self, leases: Leases) -> None:
        super().__init__("work", "test", leases, Health(), concurrency=_PLACES, polling=Polling(0.01))
        self.waiting = [uuid4() for _ in range(_WAITING)]
        self.begun = self.most = self.looks = 0
        self.slow = asyncio.Event()

    async def due(self, limit: int) -> Due:
        self.looks += 1
        return Due(self.waiting[:limit])

    async def perform(self, subject: UUID, lease: Lease) -> None:
        del lease
        self.begun += 1
        self.most = max(self.most, self.running)
        await self.slow.wait()
        self.waiting.remove(subject)


@asynccontextmanager
async def _working(stage: Stage) -> AsyncIterator[_Worker]:
    worker = _Worker(Leases(stage.database, str(uuid4()), ttl=timedelta(seconds=10)))
    await worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


async def _has_begun(worker: _Worker, number: int) -> bool:
    return worker.begun >= number
