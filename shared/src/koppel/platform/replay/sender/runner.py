"""Carries replays out: each is leased by one process at a time, and any process with the `jobs` role may take over."""

import asyncio
import logging
import time
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from koppel.kernel.errors import KoppelError
from koppel.platform.database import UNAVAILABLE, Database
from koppel.platform.health import Health
from koppel.platform.leases import Lease, LeaseLost, Leases, confirm
from koppel.platform.replay.lifecycle import Replays, forget_pick
from koppel.platform.replay.model import Replay, load
from koppel.platform.replay.sender.producer import ReplayProducer
from koppel.platform.replay.sender.sending import LogGone, Sending
from koppel.platform.replay.sender.topics import ReplayTopicUnavailable
from koppel.platform.runner import BackgroundPart

log = logging.getLogger(__name__)

LEASE_TTL = timedelta(seconds=5)
"""How long a dead process keeps its replays."""
_POLL = 0.08
_IDLE_POLL = 1.0
"""So late, at most, is a replay that another process was asked for."""
_ATTENTIVE_FOR = 2.0
"""Seconds after a wake-up, which comes before the commit of what it is about."""
_AT_ONCE = 8
_TRY_AGAIN_AFTER = 1.0
_TIDY_EVERY = 60.0

_WORKING = "select id from replay where working order by id limit 100"
_EXPIRED = """
select id from replay where state in ('planning', 'planned') and created_at < now() - interval '24 hours'
order by id limit 20 for update skip locked
"""
_FORGET = "delete from replay where ended_at < now() - interval '90 days'"


class ReplayRunner(BackgroundPart):
    """Looks for work a dozen times a second while there is some, once a second else, and when it is woken."""

    def __init__(
        self, database: Database, replays: Replays, producer: ReplayProducer, owner: str, health: Health
    ) -> None:
        super().__init__("replays")
        self._database = database
        self._replays = replays
        self._producer = producer
        self._leases = Leases(database, owner, ttl=LEASE_TTL)
        self._health = health
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._not_before: dict[UUID, float] = {}
        self._awake = asyncio.Event()
        self._woken = float("-inf")
        replays.watchers.append(self.wake)

    def wake(self) -> None:
        """A replay of this process's service moved: look soon."""
        self._woken = time.monotonic()
        self._awake.set()

    async def stop(self) -> None:
        self.stopping.set()
        self._awake.set()
        await super().stop()

    async def run(self) -> None:
        tidied = 0.0
        try:
            while not self.stopping.is_set():
                self._health.beat(self.name, max_age=timedelta(seconds=60))
                self._awake.clear()  # before the look: what moves during it is seen by the next
                working = False
                with suppress(*UNAVAILABLE):
                    working = await self._begin_new()
                    if time.monotonic() - tidied > _TIDY_EVERY:
                        await self._tidy()
                        tidied = time.monotonic()
                await self._rest(working or time.monotonic() - self._woken < _ATTENTIVE_FOR)
        finally:
            for task in self._tasks.values():
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks.values())
            await self._producer.stop()
            self._health.retire(self.name)

    async def _rest(self, attentive: bool) -> None:
        seconds, until = (_POLL, self.stopping) if attentive else (_IDLE_POLL, self._awake)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await until.wait()

    async def _begin_new(self) -> bool:
        """Whether any replay has work, here or elsewhere."""
        self._tasks = {each: task for each, task in self._tasks.items() if not task.done()}
        async with self._database.system() as connection:
            working = [row["id"] for row in await connection.fetch(_WORKING)]
        now = time.monotonic()
        self._not_before = {each: until for each, until in self._not_before.items() if until > now}
        for replay_id in working:
            free = replay_id not in self._tasks and replay_id not in self._not_before
            if free and len(self._tasks) < _AT_ONCE:
                self._tasks[replay_id] = asyncio.create_task(
                    self._carry_out(replay_id), name=f"replay {replay_id}"
                )
        return bool(working)

    async def _carry_out(self, replay_id: UUID) -> None:
        try:
            async with self._leases.hold("replay", replay_id) as lease:
                if lease is not None:
                    await self._perform(replay_id, lease)
                    return
        except (*UNAVAILABLE, ReplayTopicUnavailable, LeaseLost) as error:
            log.warning("replay %s is tried again: %s: %s", replay_id, type(error).__name__, error)
        except Exception:
            log.exception("replay %s failed and is tried again", replay_id)
        self._not_before[replay_id] = time.monotonic() + _TRY_AGAIN_AFTER

    async def _perform(self, replay_id: UUID, lease: Lease) -> None:
        async with self._database.system() as connection:
            replay = await load(connection, replay_id)
        if replay is None:
            return
        gone: LogGone | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for sending in self._sendings(replay, lease):
                    group.create_task(sending.run(), name=f"replay {replay_id} sends")
        except* LogGone as errors:
            gone = next(error for error in errors.exceptions if isinstance(error, LogGone))
        except* (KoppelError, *UNAVAILABLE) as errors:
            raise _first(errors) from None
        async with self._database.system() as connection:
            await confirm(connection, lease)
            if gone is not None:
                current = await self._replays.get(connection, replay_id, lock=True)
                await self._replays.stop(connection, current, gone.detail)
            else:
                await self._replays.conclude(connection, replay_id)

    def _sendings(self, replay: Replay, lease: Lease) -> list[Sending]:
        going_on = replay.state in ("planning", "running")
        return [
            Sending(self._database, self._producer, self._replays, replay, target, lease=lease)
            for target in replay.targets
            if (target.to_send(replay.phase) if going_on else target.section_open)
        ]

    async def _tidy(self) -> None:
        """A plan is worth a day; what was replayed is known for 90."""
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
