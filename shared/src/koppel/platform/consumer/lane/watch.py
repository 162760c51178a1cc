"""The lane's consumer, watched: its task's end ends the process, and reports that rest are sent."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from koppel.platform.consumer.consumer import Consumer
from koppel.platform.consumer.lane.progress import report_rest
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import UNAVAILABLE, Database
from koppel.platform.health import Health
from koppel.platform.runner import BackgroundPart

_EVERY = 1.0


class LaneWatch(BackgroundPart):
    """Looks every second. Readiness does not depend on it: a lane has one partition, so of several processes of a
    service all but one have nothing to read."""

    def __init__(
        self, consumer: Consumer, subscriptions: Subscriptions, database: Database, health: Health
    ) -> None:
        super().__init__("replay lane watch")
        self._consumer = consumer
        self._name = subscriptions.name
        self._database = database
        self._health = health

    async def run(self) -> None:
        while not self.stopping.is_set():
            self._consumer.raise_if_dead()
            self._consumer.slow_down_when_idle()
            self._health.beat(self.name, max_age=timedelta(seconds=90))
            with suppress(*UNAVAILABLE):
                async with self._database.system() as connection:
                    await report_rest(connection, self._name)
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self.stopping.wait()
        self._health.retire(self.name)
