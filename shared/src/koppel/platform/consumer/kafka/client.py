"""aiokafka's consumer, changed where reading can fail: it skips no record, and it reports the failure."""

import logging
import time
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from koppel.platform.aiokafka_internals import positions, read_any_header_name
from koppel.platform.kafka.access import Kafka, client_options

log = logging.getLogger(__name__)

_REMEMBERED = 16.0
"""Seconds; FastStream polls again after at most fifteen."""


class PollingConsumer(AIOKafkaConsumer):  # type: ignore[misc]
    """When one partition's records cannot be read, aiokafka drops what it has just taken from the others, and their
    positions stay behind it: the next commit would pass records that were never handled. Here the positions go back."""

    _failed: tuple[float, str] | None = None

    @property
    def failure(self) -> str | None:
        """What reading failed with, lately."""
        if self._failed is None or time.monotonic() - self._failed[0] > _REMEMBERED:
            return None
        return self._failed[1]

    def __init__(self, *topics: str, **options: Any) -> None:
        read_any_header_name()
        super().__init__(*topics, **options)

    async def getmany(self, *partitions: Any, **options: Any) -> dict[Any, list[Any]]:
        before = positions(self)
        try:
            found: dict[Any, list[Any]] = await super().getmany(*partitions, **options)
        except KafkaError as error:
            self._failed = time.monotonic(), type(error).__name__
            log.warning("reading from Kafka failed: %s", type(error).__name__)
            now = positions(self)
            for place, position in before.items():
                if now.get(place, position) > position:
                    self.seek(place, position)
            raise
        return found


def polls_by_ours(broker: KafkaBroker, kafka: Kafka) -> None:
    """Once FastStream's broker has connected: whoever polls for it is a `PollingConsumer` that gets into this cluster."""
    clients: Any = broker.config.broker_config
    clients.builder = partial(PollingConsumer, **(clients.builder.keywords | client_options(kafka)))
