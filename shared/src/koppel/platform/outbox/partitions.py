"""How many partitions each topic has, asked of the broker once a session."""

import asyncio
import logging
from collections.abc import Collection

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

log = logging.getLogger(__name__)

_AT_MOST = 1.0
"""Seconds; the client itself would go on looking for a topic for twenty, and all others would wait."""
_AGAIN_AFTER = 1.0


class Partitions(dict[str, int]):
    """By topic. One that the broker does not have is missing here, and is looked for while others are served."""

    def __init__(self) -> None:
        super().__init__()
        self._lookups: dict[str, asyncio.Task[None]] = {}
        self._missed: set[str] = set()

    async def learn(self, producer: AIOKafkaProducer, topics: Collection[str]) -> None:
        """Ask for those not known yet. Waits for the answer the first time only."""
        unknown = set(topics) - self.keys()
        for topic in unknown - self._lookups.keys():
            self._lookups[topic] = asyncio.create_task(self._look(producer, topic), name=f"look for {topic}")
        if first := [self._lookups[topic] for topic in unknown - self._missed]:
            await asyncio.wait(first, timeout=_AT_MOST)

    async def _look(self, producer: AIOKafkaProducer, topic: str) -> None:
        """Until it is there."""
        try:
            while topic not in self:
                try:
                    async with asyncio.timeout(_AT_MOST):
                        self[topic] = len(await producer.partitions_for(topic))
                except (KafkaError, TimeoutError) as error:
                    self._missed.add(topic)
                    log.error(  # noqa: TRY400  (no defect of ours, no stack)
                        "cannot publish to %s: the broker does not give it (%s)", topic, type(error).__name__
                    )
                    await asyncio.sleep(_AGAIN_AFTER)
            self._missed.discard(topic)
        finally:
            del self._lookups[topic]

    async def forget(self) -> None:
        """The producer goes; the next one may know more."""
        lookups = list(self._lookups.values())
        for task in lookups:
            task.cancel()
        await asyncio.gather(*lookups, return_exceptions=True)
        self.clear()
        self._missed.clear()
