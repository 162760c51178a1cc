"""The topics of the contracts and the replay topics, made on a broker."""

import asyncio
from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from koppel.contracts.replay_topic import replay_topics
from koppel.contracts.topics import TOPICS, Topic
from koppel.platform.kafka.access import Kafka
from koppel_local.kafka.admin import admin_of
from koppel_local.threads import run_in_thread

NEEDED: tuple[Topic, ...] = (*TOPICS, *replay_topics())
"""What a stack has: the contracts' topics and our services' replay topics."""

_LED_WITHIN = 60.0
"""Seconds."""
_COPIES = 3
"""Copies of each partition on a cluster that has as many brokers."""
_HINT = "Check KOPPEL_KAFKA_BOOTSTRAP_SERVERS, or leave it out to use the embedded broker."


def ensure_topics(kafka: Kafka) -> None:
    """Make the topics that are missing; leaves the others as they are. Raises `SetupFailed`."""
    run_in_thread(create_missing(kafka))


async def create_missing(kafka: Kafka, topics: Sequence[Topic] = NEEDED) -> None:
    """The same, inside an event loop."""
    async with admin_of(kafka, "make the topics", _HINT) as admin:
        existing = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in existing]
        if missing:
            await _create(admin, missing)
            await _await_leaders(admin, missing)


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    copies = min(_COPIES, len((await admin.describe_cluster())["brokers"]))
    answer = await admin.create_topics(
        [
            NewTopic(topic.name, topic.partitions, copies, topic_configs=configuration(topic))
            for topic in topics
        ]
    )
    for name, code, *_ in answer.topic_errors:
        error = for_code(code)
        if code != 0 and error is not TopicAlreadyExistsError:
            raise error(f"topic {name}")


async def _await_leaders(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    """A topic that was just made has no leaders for a moment, and clients that meet it then back off."""
    wanted = {topic.name: topic.partitions for topic in topics}
    try:
        async with asyncio.timeout(_LED_WITHIN):
            while await _led(admin, list(wanted)) != wanted:  # noqa: ASYNC110  (a broker sets no event of ours)
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise TimeoutError("they got no leader in time") from None


async def _led(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """Partitions that have a leader, by topic."""
    described = await admin.describe_topics(names)
    return {
        topic["topic"]: sum(partition["leader"] >= 0 for partition in topic["partitions"])
        for topic in described
    }


def configuration(topic: Topic) -> dict[str, str]:
    """The settings that are the topic's own, not the broker's."""
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": str(-1 if topic.retention_ms is None else topic.retention_ms),
    }
