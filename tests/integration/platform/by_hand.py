"""Batches as no library of ours writes them."""

import struct
import time
from typing import Any

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

_SNAPPY = 2


class NameOfBytes(str):
    """A header's name that is written as the bytes it was made of."""

    __slots__ = ()

    def encode(self, *_: Any, **__: Any) -> bytes:
        return super().encode("latin-1")


async def send_by_hand(kafka: str, *records: dict[str, Any], snappy: bool = False) -> None:
    """One batch for partition 0 of the topic of the first record."""
    builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 1 << 20)
    for number, each in enumerate(records):
        builder.append(number, int(time.time() * 1000), each["key"], each["value"], each["headers"])
    if snappy:
        _compress(builder)
        batch = bytes(builder._buffer)
    else:
        batch = bytes(builder.build())
    await _produce(kafka, records[0]["topic"], batch)


def _compress(builder: Any) -> None:
    """Snappy's format allows bytes to stand as they are, so no library is needed to write it."""
    start = builder.HEADER_STRUCT.size
    body = bytes(builder._buffer[start:])
    block = _length(len(body)) + b"\xf4" + struct.pack("<H", len(body) - 1) + body
    builder._buffer[start:] = b"\x82SNAPPY\x00" + struct.pack(">iii", 1, 1, len(block)) + block
    builder._compression_type = _SNAPPY
    builder._write_header(True)


def _length(number: int) -> bytes:
    written = b""
    while number > 0x7F:
        written += bytes([number & 0x7F | 0x80])
        number >>= 7
    return written + bytes([number])


async def _produce(kafka: str, topic: str, batch: bytes) -> None:
    client = AIOKafkaClient(bootstrap_servers=kafka)
    await client.bootstrap()
    try:
        await client.set_topics([topic])
        leader = client.cluster.leader_for_partition(TopicPartition(topic, 0))
        answer = await client.send(leader, ProduceRequest(None, -1, 10_000, [(topic, [(0, batch)])]))
        ((_, ((_, error, *_rest),)),) = answer.topics
        assert error == 0
    finally:
        await client.close()
