"""Random steps on a real database with a topic in memory, and the model beside it."""

import asyncio
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.chaos.rig.arriving import logged, read
from tests.chaos.rig.contract import step
from tests.chaos.rig.model import Model
from tests.chaos.rig.stage import Stage
from tests.chaos.scenarios.applying import AT_ONCE, Target

from koppel.kernel.errors import Permanent, Transient
from koppel.platform.consumer.decode import RawRecord, StoredRecord
from koppel.platform.consumer.parked.commands import ParkedEvents
from koppel.platform.consumer.processor import TRY_AGAIN
from koppel.platform.outbox import EventLog

STREAMS = st.integers(0, 2)
_STATE = """
select (select coalesce(json_agg(json_build_array(key, op) order by id), '[]') from effect where consumer = $1) as effects,
       (select coalesce(json_agg(json_build_array(key, version)), '[]') from consumer_head where consumer = $1) as positions,
       (select coalesce(json_agg(json_build_array(key, version)), '[]') from parked_event where consumer = $1) as parked
"""


class Machine(RuleBasedStateMachine):
    """`here` and `loop` are set by the test: one database and loop for all runs, names of its own for each."""

    here: Stage
    loop: asyncio.Runner

    def __init__(self) -> None:
        super().__init__()
        self.run_name = uuid4().hex[:8]
        self.target = Target(self.here, f"model-{self.run_name}")
        self.model = Model()
        self.topic: list[StoredRecord] = []
        self.position = 0
        self.sent = 0
        self.written = 0

    def _key(self, stream: int) -> str:
        return f"{self.run_name}-{stream}"

    @rule(stream=STREAMS, fails=st.sampled_from([None, None, None, "transient", "permanent"]))
    def write(self, stream: int, fails: str | None) -> None:
        op = self._op()
        self.loop.run(self.here.write(self._key(stream), op))
        self.model.written(self._key(stream), op)
        if fails:
            error = Transient("busy", "Not now.") if fails == "transient" else Permanent("broken", "Never.")
            self.target.handler.failing[op] = error
            self.model.failing.add(op)

    @rule(stream=STREAMS)
    def write_and_roll_back(self, stream: int) -> None:
        async def refused() -> None:
            try:
                async with self.here.transaction() as connection:
                    await EventLog(connection).append(step(self._key(stream), self._op()))
                    raise ZeroDivisionError
            except ZeroDivisionError:
                return

        self.loop.run(refused())

    @rule(again=st.integers(0, 3))
    def relay(self, again: int) -> None:
        """What is committed and not sent yet goes to the topic, and the last `again` records once more: a killed relay."""
        mine = self.loop.run(logged(self.here.ledger, self.run_name))
        self.topic += mine[max(0, self.sent - again) :]
        self.sent = len(mine)

    @rule(count=st.integers(1, 5), committed=st.booleans())
    def deliver(self, count: int, *, committed: bool) -> None:
        """The next records of the topic; without `committed` they come again."""
        batch = self.topic[self.position : self.position + count]
        self._apply(batch)
        if committed:
            self.position += len(batch)

    @precondition(lambda self: self.topic)
    @rule(data=st.integers(0, 10_000))
    def deliver_out_of_turn(self, data: int) -> None:
        self._apply([self.topic[data % len(self.topic)]])

    @rule(back=st.integers(1, 10))
    def rewind(self, back: int) -> None:
        self.position = max(0, self.position - back)

    @precondition(lambda self: self.position < len(self.topic))
    @rule(count=st.integers(1, 5))
    def crash_in_a_batch(self, count: int) -> None:
        """The session ends in the handler of the batch's last event, if that has its turn; nothing is committed."""
        batch = read(self.topic[self.position : self.position + count], self.target.subscriptions)
        self.target.handler.end_session_at = getattr(batch[-1].event.data, "op", None)
        try:
            self.loop.run(self.target.processor.apply(batch))
        except TRY_AGAIN:
            return
        finally:
            self.target.handler.end_session_at = None
        self._delivered(item.raw for item in batch)

    @precondition(lambda self: self.model.failing)
    @rule(number=st.integers(0, 10_000))
    def heal(self, number: int) -> None:
        op = sorted(self.model.failing)[number % len(self.model.failing)]
        self.model.failing.discard(op)
        del self.target.handler.failing[op]

    @rule()
    def retry(self) -> None:
        """An operator lets everything be tried again."""

        async def release() -> None:
            for parked in await self._parked_ids():
                await self._parked_events().retry(parked, actor="model")
            await self.target.retry.run_due()

        self.loop.run(release())
        before: list[str] = []
        while (now := self.model.parked()) != before:
            before = now
            self.model.retried()

    @precondition(lambda self: self.model.parked())
    @rule(number=st.integers(0, 10_000))
    def discard(self, number: int) -> None:
        keys = self.model.parked()
        key = keys[number % len(keys)]
        self.loop.run(self._discard(key))
        self.model.discarded(key)

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        effects, positions, parked = self.loop.run(self._state())
        for key, stream in self.model.streams.items():
            assert [op for of, op in effects if of == key] == stream.applied, key
            assert dict(positions).get(key, 0) == stream.position, key
            assert [version for of, version in parked if of == key] == (
                [stream.parked] if stream.parked else []
            ), key

    def teardown(self) -> None:
        """Everything heals: nothing waits any more, and every event that was not given up has its effect."""
        for op in sorted(self.model.failing):
            del self.target.handler.failing[op]
        self.model.failing.clear()
        self.relay(again=0)
        self._apply(self.topic)
        self.retry()
        self.the_database_says_what_the_model_says()
        assert not self.model.parked()
        assert all(stream.position == len(stream.ops) for stream in self.model.streams.values())

    def _op(self) -> str:
        self.written += 1
        return f"{self.run_name}-{self.written}"

    def _apply(self, raws: list[StoredRecord]) -> None:
        self.loop.run(self.target.apply(read(raws, self.target.subscriptions)))
        self._delivered(raws)

    def _delivered(self, raws: Iterable[RawRecord]) -> None:
        for item in read([*raws], self.target.subscriptions):
            assert item.version is not None
            self.model.delivered(item.key, item.version)

    def _parked_events(self) -> ParkedEvents:
        return ParkedEvents(self.here.database, self.target.subscriptions, AT_ONCE)

    async def _parked_ids(self, key: str | None = None) -> list[Any]:
        statement = "select id from parked_event where consumer = $1 and ($2::text is null or key = $2)"
        async with self.here.database.system() as connection:
            return [row["id"] for row in await connection.fetch(statement, self.target.handler.consumer, key)]

    async def _discard(self, key: str) -> None:
        for parked in await self._parked_ids(key):
            await self._parked_events().discard(parked, actor="model", reason="given up")

    async def _state(self) -> tuple[Any, Any, Any]:
        async with self.here.database.system() as connection:
            row = await connection.fetchrow(_STATE, self.target.handler.consumer)
        assert row is not None
        return row["effects"], row["positions"], row["parked"]
