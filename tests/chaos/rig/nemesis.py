"""Faults by seed: each does its harm, lets it last a moment and heals it, except what the processes must heal."""

import asyncio
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

from tests.chaos.rig.arriving import logged
from tests.chaos.rig.run import Run
from tests.chaos.rig.schedule import progress
from tests.chaos.rig.servers import Servers

from koppel.platform.outbox.relay import producer_factory

Fault = Callable[[], Awaitable[None]]


class Nemesis:
    """`done` counts the faults by name. Servers are killed as often as `servers` says, early and spread out."""

    def __init__(self, run: Run, servers: Servers, seed: int) -> None:
        self._run = run
        self._servers = servers
        self._chance = Random(seed)
        self._guests = 0
        self.done: Counter[str] = Counter()

    async def storm(self, seconds: float, *, server_kills: int) -> None:
        """Faults one after another until the time is over; each server dies `server_kills` times among them."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        kills: list[Fault] = [self.kill_the_broker, self.restart_the_database] * server_kills
        spread = [until - seconds * (n + 0.5) / max(1, len(kills)) for n in range(len(kills))][::-1]
        while loop.time() < until or kills:
            if kills and loop.time() >= spread[0]:
                spread.pop(0)
                await self._do(kills.pop(0))
            else:
                await self._do(self._chance.choice(self._small()))
            await asyncio.sleep(self._chance.uniform(0.1, 0.8))
            self._replace()
        await self._guest_leaves()

    def _small(self) -> list[Fault]:
        return [
            self.kill_a_process, self.kill_a_process, self.pause_a_process, self.end_sessions, self.lose_commits,
            self.lose_sends, self.cut_everything, self.rebalance, self.send_again, self.look_at_offsets,
        ]  # fmt: skip

    async def _do(self, fault: Fault) -> None:
        name = fault.__name__.replace("_", " ")
        self.done[name] += 1
        if fault in (self.kill_the_broker, self.restart_the_database):
            progress(f"{name}, after {self.done.total() - 1} other faults")
        await fault()

    def _replace(self) -> None:
        for name in self._run.crew.names:
            if self._run.crew.code(name) is not None:
                self._run.crew.again(name)

    async def kill_a_process(self) -> None:
        self._run.crew.signal(self._chance.choice(self._run.crew.names), signal.SIGKILL)

    async def pause_a_process(self) -> None:
        name = self._chance.choice(self._run.crew.names)
        self._run.crew.signal(name, signal.SIGSTOP)
        await asyncio.sleep(self._chance.choice([0.2, 1.0, 3.0]))
        self._run.crew.signal(name, signal.SIGCONT)

    async def end_sessions(self) -> None:
        connection = await self._run.ledger.connect()
        try:
            await connection.execute(
                """select pg_terminate_backend(pid) from pg_stat_activity
                   where datname = current_database() and pid <> pg_backend_pid() and random() < 0.5"""
            )
        finally:
            await connection.close()

    async def lose_commits(self) -> None:
        self._servers.to_postgres.lose_answers = self._chance.randint(1, 4)

    async def lose_sends(self) -> None:
        self._servers.to_kafka.lose_answers = self._chance.randint(1, 3)

    async def cut_everything(self) -> None:
        self._servers.cut_all()

    async def rebalance(self) -> None:
        """A guest joins the group, or leaves it."""
        if self._guests:
            await self._guest_leaves()
        else:
            self._guests = 1
            self._run.crew.start("guest", "consumer")

    async def _guest_leaves(self) -> None:
        if self._guests:
            self._guests = 0
            self._run.crew.signal("guest", signal.SIGTERM)
            await asyncio.sleep(0.3)
            self._run.crew.drop("guest")

    async def send_again(self) -> None:
        """Records that are on the topic already, once more, each whole stream's in any order."""
        raws = [raw for raw in await logged(self._run.ledger) if self._chance.random() < 0.1]
        pending = await self._run.ledger.pending_seqs()
        producer = producer_factory(self._servers.kafka.bootstrap_servers, "chaos-again")()
        await producer.start()
        try:
            for raw in raws[-50:]:
                if raw.offset not in pending:  # what no relay has sent yet would be sent out of turn
                    await producer.send(
                        raw.topic, raw.value, key=raw.key, headers=list(raw.headers), partition=raw.partition
                    )
            await asyncio.wait_for(producer.flush(), 20)
        finally:
            await producer.stop()

    async def look_at_offsets(self) -> None:
        await self._run.look()

    async def kill_the_broker(self) -> None:
        await asyncio.to_thread(self._servers.kill_kafka)

    async def restart_the_database(self) -> None:
        await asyncio.to_thread(self._servers.kill_postgres)
