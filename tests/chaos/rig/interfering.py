"""A producer that fails, waits, or hides or delays the broker's answer when a scenario says so."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaProducer

from koppel.platform.outbox.relay import ProducerFactory, producer_factory

Before = Callable[[str, int], Awaitable[None]]
"""Called with topic and partition before a batch is handed over, or its answer; may wait, may raise."""


class Interference:
    """What happens to the batches of all producers that `factory` makes. `made` counts the producers."""

    def __init__(self) -> None:
        self.before: Before | None = None
        self.hide_answers: set[int] = set()
        self.fail_answers: BaseException | None = None
        self.delay_answers: Before | None = None
        """Waited for when the broker has answered."""
        self.made = 0

    def factory(self, bootstrap: str, client_id: str = "chaos-relay") -> ProducerFactory:
        real = producer_factory(bootstrap, client_id)

        def make() -> AIOKafkaProducer:
            self.made += 1
            return _Interfered(real(), self)  # a producer in all that the relay asks of one

        return make


class _Interfered:
    def __init__(self, inner: AIOKafkaProducer, rules: Interference) -> None:
        self._inner = inner
        self._rules = rules

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def send_batch(self, builder: Any, topic: str, *, partition: int) -> "asyncio.Future[Any]":
        if self._rules.before is not None:
            await self._rules.before(topic, partition)
        if (error := self._rules.fail_answers) is not None:
            refused: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused
        answer: asyncio.Future[Any] = await self._inner.send_batch(builder, topic, partition=partition)
        if partition in self._rules.hide_answers:
            return asyncio.get_running_loop().create_future()
        if (delay := self._rules.delay_answers) is not None:
            return asyncio.create_task(_delayed(answer, delay(topic, partition)))
        return answer


async def _delayed(answer: "asyncio.Future[Any]", delay: Awaitable[None]) -> object:
    told = await answer
    await delay
    return told
