"""Replay topics on the broker: creates those of targets, and finds those of consumers that are not ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from koppel.contracts.replay_topic import replay_topic, replay_topic_name
from koppel.kernel.errors import Transient
from koppel.platform.kafka.access import Kafka, client_options

_COPIES = 3
_ANSWERED_WITHIN = 10.0
"""Seconds."""


class ReplayTopicUnavailable(Transient):
    """The broker did not take it; what was not acknowledged is sent again."""

    def __init__(self, consumer: str, error: BaseException) -> None:
        super().__init__(
            "lane_unavailable", f"The replay topic of {consumer}: {type(error).__name__}: {error}"
        )


class ReplayTopics:
    """Asks the broker anew each time."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

    async def exists(self, consumer: str) -> bool:
        """Raises `ReplayTopicUnavailable`."""
        try:
            async with asyncio.timeout(_ANSWERED_WITHIN), self._admin() as admin:
                return replay_topic_name(consumer) in await admin.list_topics()
        except (KafkaError, OSError) as error:
            raise ReplayTopicUnavailable(consumer, error) from error

    async def make(self, consumer: str) -> None:
        """Make the topic unless it is there; up to three copies, as the other topics have."""
        topic = replay_topic(consumer)
        async with self._admin() as admin:
            configuration = {"retention.ms": str(topic.retention_ms)}
            copies = min(_COPIES, len((await admin.describe_cluster())["brokers"]))
            new = NewTopic(topic.name, topic.partitions, copies, topic_configs=configuration)
            answer = await admin.create_topics([new])
        for name, code, *_ in answer.topic_errors:
            error = for_code(code)
            if code != 0 and error is not TopicAlreadyExistsError:
                raise error(f"topic {name}")

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(**client_options(self._kafka))
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()
