"""The relay's idempotent producer, and how a dead one is given up."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    KafkaError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
    ProducerFenced,
)

from koppel.platform.aiokafka_internals import end_sender
from koppel.platform.kafka.access import Kafka, client_options

ProducerFactory = Callable[[], AIOKafkaProducer]

FATAL = (
    OutOfOrderSequenceNumber,
    ProducerFenced,
    ProducerClosed,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
)
"""After these the producer's session is over for good; everything else concerns one message."""

STUCK_AFTER = 6.0
"""Seconds without an acknowledgement; with settling, closing, pausing and starting anew a new one sends within ten."""
_CLOSE_WITHIN = 0.5
"""Seconds for each step; what it was given to send was waited for before."""
_BATCH_BYTES = 262_144


class ProducerDied(Exception):
    """The producer cannot go on: it is replaced."""


def producer_factory(kafka: Kafka, client_id: str) -> ProducerFactory:
    """Idempotent, all replicas: no duplicate and no inversion from the client's own retries."""
    return lambda: AIOKafkaProducer(
        **client_options(kafka),
        client_id=client_id,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,  # batches are filled before they are handed over
        max_batch_size=_BATCH_BYTES,
        max_request_size=1_048_576,
        request_timeout_ms=20_000,
    )


async def give_up(producer: AIOKafkaProducer) -> None:
    """Close it; what it had in flight is still pending and is sent again by the next one.

    A dead producer never flushes, and its `stop`, cut short, leaves its sender running: the sender would go on
    sending and the connections would stay. So the sender is ended as well.
    """
    with suppress(KafkaError, TimeoutError):
        await asyncio.wait_for(producer.stop(), timeout=_CLOSE_WITHIN)
        return
    await end_sender(producer, _CLOSE_WITHIN)


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first plain exception inside a group, for one honest log line."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
