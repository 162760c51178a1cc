"""Carries replays out: each is leased by one process at a time, and any process with the `jobs` role may take over."""

import asyncio
import math
import time
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from koppel.kernel.errors import KoppelError
from koppel.platform.database import UNAVAILABLE, Database
from koppel.platform.health import Health
from koppel.platform.leased_worker import Due, LeasedWorker, Polling
from koppel.platform.leases import Lease, Leases, confirm
from koppel.platform.replay.lifecycle import Replays, forget_pick
from koppel.platform.replay.model import Replay, load
from koppel.platform.replay.sender.producer import ReplayProducer
from koppel.platform.replay.sender.sending import LogGone, Sending
from koppel.platform.replay.sender.standstill import Standstill
from koppel.platform.telemetry import metrics

LEASE_TTL = timedelta(seconds=5)
"""How long a dead process keeps its replays."""
_POLLING = Polling(idle=1.0, attentive=0.08, attentive_for=2.0)
"""So late, at most, as `idle` is a replay that another process was asked for."""
_AT_ONCE = 8
_TIDY_EVERY = 60.0
_MEASURE_EVERY = 5.0

_WORKING = "select id from replay where working order by id limit $1"
_EXPIRED = """
select id from replay where state in ('planning', 'planned') and created_at < now() - interval '24 hours'
order by id limit 20 for update skip locked
"""
_PENDING = """
select replay.id, sum(target.total - case when target.reports then coalesce((target.run ->> 'position')::bigint, 0)
                                          else target.run_sent end)::float as pending
from replay join replay_target target on target.replay_id = replay.id where replay.state = 'running' group by replay.id
"""
_FORGET = "delete from replay where ended_at < now() - interval '90 days'"


class ReplayRunner(LeasedWorker):
    """Looks for work a dozen times a second while there is some, once a second else, and when it is woken."""

    def __init__(
        self, database: Database, replays: Replays, producer: ReplayProducer, owner: str, health: Health
    ) -> None:
        leases = Leases(database, owner, ttl=LEASE_TTL)
        super().__init__("replays", "replay", leases, health, concurrency=_AT_ONCE, polling=_POLLING)
        self._database = database
        self._replays = replays
        self._producer = producer
        self._tidied = self._measured = 0.0
        self._pending = math.nan
        self._standstill = Standstill()
        metrics.gauge("koppel_replay_pending_events", lambda: self._pending)
        metrics.gauge("koppel_replay_still_seconds", lambda: self._standstill.seconds(time.monotonic()))
        replays.watchers.append(self.wake)

    async def run(self) -> None:
        try:
            await super().run()
        finally:
            await self._producer.stop()

    async def due(self, limit: int) -> Due:
        if time.monotonic() - self._tidied > _TIDY_EVERY:
            await self._tidy()
            self._tidied = time.monotonic()
        async with self._database.system() as connection:
            if time.monotonic() - self._measured > _MEASURE_EVERY:
                self._measure({row["id"]: row["pending"] for row in await connection.fetch(_PENDING)})
            working = [row["id"] for row in await connection.fetch(_WORKING, limit)]
        return Due(working, more_in=_POLLING.attentive if working else None)

    def _measure(self, pending: Mapping[UUID, float]) -> None:
        """Those beyond the first ones wait for their turn, which is no standstill."""
        self._measured = time.monotonic()
        self._pending = sum(pending.values())
        self._standstill.look({each: pending[each] for each in sorted(pending)[:_AT_ONCE]}, self._measured)

    async def perform(self, subject: UUID, lease: Lease) -> None:
        async with self._database.system() as connection:
            replay = await load(connection, subject)
        if replay is None:
            return
        gone: LogGone | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for sending in self._sendings(replay, lease):
                    group.create_task(sending.run(), name=f"replay {subject} sends")
        except* LogGone as errors:
            gone = next(error for error in errors.exceptions if isinstance(error, LogGone))
        except* (KoppelError, *UNAVAILABLE) as errors:
            raise _first(errors) from None
        async with self._database.system() as connection:
            await confirm(connection, lease)
            if gone is not None:
                current = await self._replays.get(connection, subject, lock=True)
                await self._replays.stop(connection, current, gone.detail)
            else:
                await self._replays.conclude(connection, subject)

    def _sendings(self, replay: Replay, lease: Lease) -> list[Sending]:
        going_on = replay.state in ("planning", "running")
        return [
            Sending(self._database, self._producer, self._replays, replay, target, lease=lease)
            for target in replay.targets
            if (target.to_send(replay.phase) if going_on else target.section_open)
        ]

    async def _tidy(self) -> None:
        """A plan expires after a day; finished replays are kept for 90."""
        async with self._database.system() as connection:
            for row in await connection.fetch(_EXPIRED):
                replay = await self._replays.get(connection, row["id"], lock=True)
                await self._replays.stop(connection, replay, "It was not started within a day.")
                await forget_pick(connection, replay.id)
            await connection.execute(_FORGET)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
