"""A poll that fails after it took records of other partitions gives them back, and says that it failed."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CorruptRecordException

from koppel.platform.consumer.kafka import client
from koppel.platform.consumer.kafka.client import PollingConsumer

GOOD, BAD = TopicPartition("topic", 0), TopicPartition("topic", 1)


@pytest.fixture
async def consumer() -> AsyncIterator[PollingConsumer]:
    made = PollingConsumer(bootstrap_servers="127.0.0.1:1")
    made._subscription.assign_from_user({GOOD, BAD})
    for place in (GOOD, BAD):
        state(made, place).seek(10)
    made._fetcher = SimpleNamespace(seek_to=lambda place, offset: state(made, place).seek(offset))
    yield made
    made._closed = True


def state(consumer: PollingConsumer, place: TopicPartition) -> Any:
    return consumer._subscription.subscription.assignment.state_value(place)


def told(consumer: PollingConsumer) -> str | None:
    return consumer.failure


async def polled(consumer: PollingConsumer, *, to: int, error: Exception | None) -> None:
    async def getmany(self: Any, *_: Any, **__: Any) -> dict[Any, Any]:
        state(self, GOOD).seek(to)
        if error is not None:
            raise error
        return {}

    with patch.object(AIOKafkaConsumer, "getmany", getmany):
        await consumer.getmany()


async def test_what_a_failed_poll_took_is_read_again(consumer: PollingConsumer) -> None:
    with pytest.raises(CorruptRecordException):
        await polled(consumer, to=15, error=CorruptRecordException())
    assert [state(consumer, place).position for place in (GOOD, BAD)] == [10, 10]


async def test_a_position_that_a_rebalance_moved_back_stays_there(consumer: PollingConsumer) -> None:
    with pytest.raises(CorruptRecordException):
        await polled(consumer, to=5, error=CorruptRecordException())
    assert state(consumer, GOOD).position == 5


async def test_a_failure_is_told_until_it_is_long_past(
    consumer: PollingConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await polled(consumer, to=15, error=None)
    assert told(consumer) is None
    with pytest.raises(CorruptRecordException):
        await polled(consumer, to=20, error=CorruptRecordException())
    await polled(consumer, to=20, error=None)
    assert told(consumer) == "CorruptRecordException"
    monkeypatch.setattr(client, "_REMEMBERED", -1.0)
    assert told(consumer) is None
