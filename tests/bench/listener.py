"""A bare subscriber: it reads what sync-svc publishes, and nothing else."""

import asyncio
import time
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from tests.bench.heard import Heard, OfAdministration

from koppel.contracts.topics import RECORD, SYNC


class Listener:
    """Reads from where the topics end when it is entered. One at a time may wait."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers, enable_auto_commit=False, check_crcs=False
        )
        self.heard = Heard()

    async def __aenter__(self) -> Self:
        await self._consumer.start()
        try:
            await self._go_to_end()
        except BaseException:
            await self._consumer.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def all_records_of(
        self, administration_ids: list[str], *, within: float
    ) -> dict[str, OfAdministration]:
        """Read until each administration's run ended and every record that it changed was read.

        Raises `RunFailed` and `TimeoutError`.
        """
        waiting = set(administration_ids)
        async with asyncio.timeout(within):
            while waiting:
                await self._read()
                waiting = {each for each in waiting if not self.heard.of(each).is_all}
        return {each: self.heard.of(each) for each in administration_ids}

    async def _go_to_end(self) -> None:
        places = [
            TopicPartition(topic.name, number)
            for topic in (RECORD, SYNC)
            for number in range(topic.partitions)
        ]
        self._consumer.assign(places)
        for place, offset in (await self._consumer.end_offsets(places)).items():
            self._consumer.seek(place, offset)

    async def _read(self) -> None:
        batches = await self._consumer.getmany(timeout_ms=100, max_records=10_000)
        now = time.time()
        for place, messages in batches.items():
            if place.topic == RECORD.name:
                self.heard.take_records([message.key for message in messages], now)
            else:
                for message in messages:
                    self.heard.take_run_event(message.key, message.headers, message.value)
