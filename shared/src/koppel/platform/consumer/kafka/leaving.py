"""How a member leaves its group: with its batch done, where a broker hears it, and never for long."""

import asyncio
import logging
from contextlib import suppress

from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.kafka.subscriber.usecase import BatchSubscriber

log = logging.getLogger(__name__)

_ANSWERED_WITHIN = 5.0
"""Seconds that a member without a batch waits for its group; a rebalance takes tenths of a second, a hanging broker for ever."""
_LEAVE_WITHIN = 2.0
"""Seconds that a process takes longer to end than it was given, so that others can go on at once."""


async def leave_group(
    broker: KafkaBroker, subscriber: BatchSubscriber | None, idle: asyncio.Event, *, group: str
) -> None:
    """Finish the batch in hand, commit its offsets, leave. Cancelled before that: give the batch up and leave.

    Where no broker answers, the group misses the member after its session: that is logged, and nothing else is lost.
    """
    ending = asyncio.create_task(broker.stop(), name=f"leave {group}")
    try:
        await idle.wait()
        await asyncio.wait({ending}, timeout=_ANSWERED_WITHIN)
    except asyncio.CancelledError:
        await _give_up(ending, subscriber)
        raise
    if ending.done():
        return ending.result()
    await _give_up(ending, subscriber)
    log.warning("did not leave %s: Kafka does not answer; its partitions rest until its session ends", group)
    return None


async def _give_up(ending: asyncio.Task[None], subscriber: BatchSubscriber | None) -> None:
    """A member that only ends is missed after its session, and so long its partitions rest."""
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
    if subscriber is None or subscriber.consumer is None:
        return
    tasks = set(subscriber.tasks)
    for task in tasks:
        task.cancel()
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(_LEAVE_WITHIN):
            await asyncio.gather(*tasks, return_exceptions=True)
            await subscriber.consumer.stop()
