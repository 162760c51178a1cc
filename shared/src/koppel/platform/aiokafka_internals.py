"""Everything of aiokafka that we use and that is not its public API. Measured against `MEASURED`.

*Header names.* A header's name need not be UTF-8, and then aiokafka's reader raises. Nothing gets past that: the partition is
fetched again from the same record, in this process and in the next one. So the rest of such a fetch is read once more with
names decoded tolerantly, and the processor decides as usual. The consumer takes no reader as an argument; hence two names of
its module are replaced, for all consumers of the process, when the first one is made. What it can read it reads as before.

*Positions* tell how far a failed poll had come. *A sender* outlives its producer when `stop` is cut short. *A config resource* is
what the admin client asks for, and only its own module has it. *An assignment* is bytes in what the admin client tells of a group's member.

Another version of aiokafka: tests/unit/platform/test_aiokafka_internals.py says what to look at.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.consumer import fetcher
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords, _MemoryRecordsPy

__all__ = [
    "MEASURED",
    "BatchBuilder",
    "ConfigResource",
    "ConfigResourceType",
    "assigned_partitions",
    "end_sender",
    "positions",
    "read_any_header_name",
]

MEASURED = "0.14"
"""The release whose insides these are; `shared/pyproject.toml` allows no other."""


class _KeptBytes(MemoryRecords):  # type: ignore[misc]
    """A partition's share of a fetch; `data` is what it was read from."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.data = data


class _TolerantRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """Its records in order, each once, whatever their headers are named."""

    _records: Any

    def _unpack_records(self) -> Iterator[Any]:
        data = self._records.data
        try:
            yield from super()._unpack_records()
        except UnicodeDecodeError:
            self._records = _TolerantBatches(data)
            yield from super()._unpack_records()


class _TolerantBatches(_MemoryRecordsPy):  # type: ignore[misc]
    def next_batch(self, *_: Any) -> Any:
        batch = _TolerantBatch(self._next_slice)
        self._cache_next()
        return batch


class _TolerantBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    _buffer: Any

    def __iter__(self) -> Any:
        super().__iter__()
        self._buffer = _TolerantBytes(self._buffer)
        return self


class _TolerantBytes(bytearray):
    """Only names of headers are decoded."""

    def __getitem__(self, where: Any) -> Any:
        found = super().__getitem__(where)
        return _TolerantBytes(found) if isinstance(where, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)


def read_any_header_name() -> None:
    """From now on, for every consumer of this process; again is no change."""
    fetcher.MemoryRecords = _KeptBytes
    fetcher.PartitionRecords = _TolerantRecords


def positions(consumer: AIOKafkaConsumer) -> dict[TopicPartition, int]:
    """Where the next poll begins, of each assigned partition that has a position; asks nobody."""
    subscription = consumer._subscription.subscription  # noqa: SLF001  (`position` would wait for those that have none)
    if subscription is None or subscription.assignment is None:
        return {}
    states = ((place, subscription.assignment.state_value(place)) for place in subscription.assignment.tps)
    return {place: state.position for place, state in states if state.has_valid_position}


async def end_sender(producer: AIOKafkaProducer, within: float) -> None:
    """End the task and the connections that a producer leaves behind whose `stop` was cut short."""
    task = producer._sender.sender_task  # noqa: SLF001  (there is no other way to it)
    if task is not None:
        task.cancel()
        await asyncio.wait({task}, timeout=within)
    with suppress(KafkaError, TimeoutError):
        await asyncio.wait_for(producer.client.close(), timeout=within)


def assigned_partitions(assignment: bytes) -> list[TopicPartition]:
    """What a member of a consumer group reads, from what the broker tells of it; nothing where that is of another protocol."""
    try:
        return list(ConsumerProtocolMemberAssignment.decode(assignment).partitions()) if assignment else []
    except ValueError:
        return []
