"""The topics of the contracts, made on a broker."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from koppel.contracts.topics import TOPICS, Topic
from koppel_local.apart import run_apart
from koppel_local.failure import SetupFailed

_COPIES = 3
"""Copies of each partition on a cluster that has as many brokers."""


def ensure_topics(bootstrap_servers: str, topics: Sequence[Topic] = TOPICS) -> None:
    """Make the topics that are missing; leaves the others as they are. Raises `SetupFailed`."""
    run_apart(create_missing(bootstrap_servers, topics))


async def create_missing(bootstrap_servers: str, topics: Sequence[Topic] = TOPICS) -> None:
    """The same, inside an event loop."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=30_000)
    try:
        await admin.start()
        existing = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in existing]
        if missing:
            await _create(admin, missing)
    except KafkaError as error:
        detail = f"Could not make the topics on {bootstrap_servers}: {error}."
        hint = "Check KOPPEL_KAFKA_BOOTSTRAP_SERVERS, or leave it out to use the embedded broker."
        raise SetupFailed("topics_failed", detail, hint=hint) from error
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    copies = min(_COPIES, len((await admin.describe_cluster())["brokers"]))
    answer = await admin.create_topics(
        [
            NewTopic(topic.name, topic.partitions, copies, topic_configs=_configuration(topic))
            for topic in topics
        ]
    )
    for name, code, *_ in answer.topic_errors:
        error = for_code(code)
        if code != 0 and error is not TopicAlreadyExistsError:
            raise error(f"topic {name}")


def _configuration(topic: Topic) -> dict[str, str]:
    return {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": str(-1 if topic.retention_ms is None else topic.retention_ms),
    }
