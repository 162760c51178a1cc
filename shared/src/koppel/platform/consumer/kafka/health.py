"""Readiness of a consumer: ready while it consumes. When its task dies, the process ends."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial

from koppel.kernel.errors import Transient
from koppel.platform.consumer.kafka.consumer import Consumer
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import UNAVAILABLE, Database
from koppel.platform.health import Health
from koppel.platform.runner import BackgroundPart
from koppel.platform.telemetry import metrics

_EVERY = 1.0
_WAITING = """
select (select count(*) from parked_event where consumer = $1) as parked,
       (select extract(epoch from now() - min(parked_at)) from parked_event where consumer = $1) as oldest,
       (select count(*) from held_event where consumer = $1) as held,
       (select count(*) from parked_event where consumer = $1 and apart) as apart
"""
_CAUSES = """
select cause_code, case when next_attempt_at is null then 'operator' else 'retry' end as waits_for, count(*)::float as parked
from parked_event where consumer = $1 group by 1, 2 order by 3 desc limit 50
"""


class ConsumerHealth(BackgroundPart):
    """Looks every second; a consumer whose task died ends the process, which is replaced."""

    def __init__(
        self, consumer: Consumer, subscriptions: Subscriptions, database: Database, health: Health
    ) -> None:
        super().__init__("consumer watch")
        self._consumer = consumer
        self._group = subscriptions.name
        self._database = database
        self._health = health
        self._waiting: dict[str, float] = {"parked": 0, "oldest": 0, "held": 0, "apart": 0}
        self._causes: dict[tuple[str, str], float] = {}
        health.check("consumer", self._check)
        metrics.gauge("koppel_consumer_seconds_behind", consumer.seconds_behind, consumer=self._group)
        metrics.gauge("koppel_consumer_state", lambda: float(consumer.consuming), consumer=self._group)
        metrics.gauge("koppel_consumer_parked_events", lambda: self._waiting["parked"], consumer=self._group)
        metrics.gauge(
            "koppel_consumer_oldest_parked_seconds", lambda: self._waiting["oldest"], consumer=self._group
        )
        metrics.gauge("koppel_consumer_held_events", lambda: self._waiting["held"], consumer=self._group)
        metrics.gauge(
            "koppel_consumer_contested_events", lambda: self._waiting["apart"], consumer=self._group
        )

    async def run(self) -> None:
        while not self.stopping.is_set():
            self._consumer.raise_if_dead()
            self._consumer.slow_down_when_idle()
            self._health.beat(self.name, max_age=timedelta(seconds=30))
            await self._consumer.ask_when_standing_by()
            with suppress(*UNAVAILABLE):
                await self._count()
            with suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self.stopping.wait()
        self._health.retire(self.name)

    async def _count(self) -> None:
        async with self._database.system() as connection:
            row = await connection.fetchrow(_WAITING, self._group)
            causes = await connection.fetch(_CAUSES, self._group)
        if row is not None:
            self._waiting = {name: float(value or 0) for name, value in row.items()}

        self._causes = {(each["cause_code"], each["waits_for"]): each["parked"] for each in causes}
        for cause, waits_for in self._causes:
            metrics.gauge(
                "koppel_consumer_parked_causes",
                partial(self._parked, cause, waits_for),
                consumer=self._group,
                cause=cause,
                waits_for=waits_for,
            )

    def _parked(self, cause: str, waits_for: str) -> float:
        """A cause that is gone is shown as zero."""
        return self._causes.get((cause, waits_for), 0.0)

    def _check(self) -> None:
        if (reason := self._consumer.unready_reason()) is not None:
            raise Transient("consumer_not_consuming", f"The consumer does not consume: {reason}.")
