"""How a relay ends, at a broker and a database that answer when they are told to."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from unittest.mock import MagicMock

import asyncpg
import pytest
from aiokafka.errors import KafkaError, ProducerClosed
from aiokafka.producer.message_accumulator import BatchBuilder

from koppel.kernel.ids import new_id
from koppel.platform.outbox import in_flight
from koppel.platform.outbox import relay as relay_module
from koppel.platform.outbox.relay import Relay
from koppel.testing.eventually import eventually

FOR_EVER = 3600.0
WITHIN = 10.0


class Broker:
    """A producer, too. `told` is what became of events and of this, in order; batches are answered by `answer`."""

    def __init__(self, told: list[str]) -> None:
        self.told = told
        self.open: dict[int, asyncio.Future[None]] = {}
        self.took = asyncio.Event()
        self.has_room = asyncio.Event()
        self.has_room.set()

    def __call__(self) -> Any:
        return self

    async def start(self) -> None:
        self.told.append("begins")

    async def partitions_for(self, topic: str) -> set[int]:
        return set(range(3))

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(1_000_000, 0)

    async def send_batch(
        self, builder: BatchBuilder, topic: str, *, partition: int
    ) -> "asyncio.Future[None]":
        self.took.set()
        await self.has_room.wait()
        self.open[partition] = asyncio.get_running_loop().create_future()
        return self.open[partition]

    def answer(self, error: BaseException | None = None) -> None:
        for answer in self.open.values():
            if error is None:
                answer.set_result(None)
            else:
                answer.set_exception(error)
        self.open.clear()

    async def stop(self) -> None:
        self.told.append("producer closed")


class Outbox:
    """Pending events that a relay reads and marks."""

    def __init__(self, told: list[str], keys: Sequence[str]) -> None:
        self.told = told
        self.shards: set[int] = set()
        self.pending = {seq: _row(seq, key) for seq, key in enumerate(keys, start=1)}
        self.may_mark = asyncio.Event()
        self.may_mark.set()
        self.marking = asyncio.Event()
        self.fault: Exception | None = None
        self.reading_fails_when_cut_off = False
        self.reading = asyncio.Event()

    async def open(self) -> None: ...

    async def close(self) -> None:
        self.told.append("shards let go")

    async def claim_shards(self, in_flight: Collection[int]) -> None:
        self.shards = {0}

    async def read(self, after: int, limit: int) -> list[dict[str, Any]]:
        if self.reading_fails_when_cut_off:
            self.reading_fails_when_cut_off = False
            try:
                self.reading.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise asyncpg.InterfaceError("connection is closed") from None
        return [row for seq, row in self.pending.items() if seq > after]

    async def late_commit(self, below: int, known: Collection[int], limit: int) -> int | None:
        return next((seq for seq in self.pending if seq <= below and seq not in known), None)

    async def mark(self, acknowledged: Sequence[int]) -> None:
        self.marking.set()
        await self.may_mark.wait()
        if self.fault is not None:
            raise self.fault
        for seq in acknowledged:
            del self.pending[seq]
        self.told.append(f"marked {sorted(acknowledged)}")


def _row(seq: int, key: str) -> dict[str, Any]:
    return {
        "seq": seq, "topic": "t", "key": key, "version": seq, "type": "nl.koppel.X.v1", "payload": "{}",
        "event_id": new_id(), "organisation_id": new_id(), "occurred_at": datetime(2026, 1, 1, tzinfo=UTC),
        "correlation_id": new_id(), "causation_id": None, "traceparent": None,
    }  # fmt: skip


class Running:
    """A relay at work on events of these keys."""

    def __init__(self, *keys: str) -> None:
        self.told: list[str] = []
        self.broker = Broker(self.told)
        self.outbox = Outbox(self.told, keys)
        self.relay = Relay(MagicMock(), "import-svc", self.broker)
        self.relay._outbox = self.outbox  # type: ignore[assignment]
        self.task = asyncio.create_task(self.relay.run())

    async def handed_over(self, partitions: int = 1) -> None:
        async def all_are() -> bool:
            return len(self.broker.open) == partitions

        await eventually(all_are, within=WITHIN, every=0)

    async def told_to_stop(self) -> None:
        """It is told, and has stopped sending."""
        self.task.cancel()
        await self.stopped_sending()

    async def stopped_sending(self) -> None:
        async def forgot() -> bool:
            return not self.relay._partitions

        await eventually(forgot, within=WITHIN, every=0)

    async def ends(self) -> list[str]:
        """What was told; fails where it does not end."""
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(self.task), WITHIN)
        assert self.task.cancelled()
        return self.told


@pytest.fixture(autouse=True)
def settle_within(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not end by itself hangs; a producer's death is seen at once."""
    monkeypatch.setattr(in_flight, "SETTLE_WITHIN", FOR_EVER)
    monkeypatch.setattr(relay_module, "_LOOK_AT_PRODUCER_EVERY", 0.0)


IN_ORDER = ["begins", "marked [1]", "producer closed", "shards let go"]


async def test_what_was_handed_over_is_answered_and_marked_before_the_shards_are_let_go() -> None:
    running = Running("k")
    await running.handed_over()
    await running.told_to_stop()
    running.broker.answer()
    assert await running.ends() == IN_ORDER


async def test_a_mark_under_way_is_made_before_the_shards_are_let_go() -> None:
    running = Running("k")
    running.outbox.may_mark.clear()
    await running.handed_over()
    running.broker.answer()
    await running.outbox.marking.wait()
    await running.told_to_stop()
    running.outbox.may_mark.set()
    assert await running.ends() == IN_ORDER


async def test_nobody_waits_for_what_was_not_handed_over() -> None:
    """A producer without room for the batch of one partition; one of another went before."""
    running = Running("k")
    running.broker.has_room.clear()
    await running.broker.took.wait()
    await running.told_to_stop()
    assert await running.ends() == ["begins", "producer closed", "shards let go"]
    assert list(running.outbox.pending) == [1]


async def test_nobody_waits_for_what_was_refused() -> None:
    running = Running("k")
    await running.handed_over()
    await running.told_to_stop()
    running.broker.answer(KafkaError())
    assert await running.ends() == ["begins", "producer closed", "shards let go"]


async def test_a_broker_that_does_not_answer_holds_nobody_for_longer_than_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(in_flight, "SETTLE_WITHIN", 0.01)
    running = Running("k")
    await running.handed_over()
    await running.told_to_stop()
    assert await running.ends() == ["begins", "producer closed", "shards let go"]


async def test_a_database_that_does_not_answer_holds_nobody_for_longer_than_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(in_flight, "SETTLE_WITHIN", 0.01)
    running = Running("k")
    running.outbox.may_mark.clear()
    await running.handed_over()
    running.broker.answer()
    await running.told_to_stop()
    assert await running.ends() == ["begins", "producer closed", "shards let go"]


async def test_a_database_that_is_lost_ends_the_waiting() -> None:
    running = Running("k")
    running.outbox.fault = asyncpg.InterfaceError("gone")
    await running.handed_over()
    await running.told_to_stop()
    running.broker.answer()
    assert await running.ends() == ["begins", "producer closed", "shards let go"]


async def test_who_is_told_a_second_time_ends_at_once_and_closes_all_the_same() -> None:
    running = Running("k")
    await running.handed_over()
    await running.told_to_stop()
    running.task.cancel()
    assert await running.ends() == ["begins", "producer closed", "shards let go"]


async def test_a_stop_is_no_error_where_a_statement_that_it_cuts_off_fails() -> None:
    running = Running()
    running.outbox.reading_fails_when_cut_off = True
    await running.outbox.reading.wait()
    running.task.cancel()
    assert await running.ends() == ["begins", "producer closed", "shards let go"]


async def test_what_the_broker_has_is_marked_before_a_dead_producer_is_replaced() -> None:
    """One partition's answer ends the producer while the mark of another's is under way."""
    running = Running("a", "b")
    running.outbox.may_mark.clear()
    await running.handed_over(partitions=2)
    good, bad = running.broker.open.values()
    running.broker.open.clear()
    good.set_result(None)
    await running.outbox.marking.wait()
    bad.set_exception(ProducerClosed())
    await running.stopped_sending()
    running.outbox.may_mark.set()
    await running.handed_over()
    await running.told_to_stop()
    running.broker.answer()
    assert await running.ends() == [*IN_ORDER, "begins", "marked [2]", "producer closed", "shards let go"]


async def test_a_late_answer_to_a_producer_that_was_given_up_does_not_touch_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(in_flight, "SETTLE_WITHIN", 0.01)
    running = Running("k")
    await running.handed_over()
    (late,) = running.broker.open.values()
    running.broker.open.clear()
    running.relay._dead = ProducerClosed()
    await running.handed_over()
    late.set_exception(ProducerClosed())
    await asyncio.sleep(0)
    running.broker.answer()
    await running.outbox.marking.wait()
    running.task.cancel()
    assert await running.ends() == ["begins", "producer closed", "shards let go", *IN_ORDER]
    assert running.relay._dead is None
