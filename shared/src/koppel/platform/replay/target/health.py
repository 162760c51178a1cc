"""Watches the replay topic's consumer: when its task ends, so does the process. Sends open reports, deletes old traces."""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta

from koppel.platform.consumer.kafka.consumer import Consumer
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import UNAVAILABLE, Database
from koppel.platform.health import Health
from koppel.platform.replay.target.progress import forget_old, report_rest
from koppel.platform.runner import BackgroundPart

_EVERY = 1.0
_FORGET_EVERY = 3600.0


class ReplayHealth(BackgroundPart):
    """Looks every second. Readiness does not depend on it: a replay topic has one partition, so of several processes of a
    service all but one have nothing to read."""

    def __init__(
        self, consumer: Consumer, subscriptions: Subscriptions, database: Database, health: Health
    ) -> None:
        super().__init__("replay topic watch")
        self._consumer = consumer
        self._group = subscriptions.name
        self._database = database
        self._health = health
        self._forget_at = time.monotonic()

    async def run(self) -> None:
        while not self.stopping.is_set():
            self._consumer.raise_if_dead()
            self._consumer.slow_down_when_idle()
            self._health.beat(self.name, max_age=timedelta(seconds=90))
            with suppress(*UNAVAILABLE):
                await self._look()
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self.stopping.wait()
        self._health.retire(self.name)

    async def _look(self) -> None:
        async with self._database.system() as connection:
            await report_rest(connection, self._group)
            if time.monotonic() >= self._forget_at:
                self._forget_at = time.monotonic() + _FORGET_EVERY
                await forget_old(connection, self._group)
