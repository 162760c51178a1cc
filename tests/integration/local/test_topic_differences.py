"""`koppel topics`: what differs is said, what can be set is set, and partitions are left."""

from uuid import uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from koppel.contracts.topics import Topic
from koppel_local.kafka.topic_differences import _describe, apply_topics, differences
from koppel_local.kafka.topics import configuration

pytestmark = pytest.mark.broker


def _topic(**but: object) -> Topic:
    return Topic(**{"name": f"differs-{uuid4()}", "owner": "nobody", "partitions": 2, **but})  # type: ignore[arg-type]


async def _make(brokers: str, topic: Topic, partitions: int, **settings: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic.name, partitions, 1, topic_configs=settings)])
    finally:
        await admin.close()


def test_what_is_missing_is_made_and_then_nothing_differs(kafka_server: str) -> None:
    topics = [_topic(), _topic(compacted=True, retention_ms=None)]
    assert [each.setting for each in differences(kafka_server, topics)] == ["", ""]
    done, left = apply_topics(kafka_server, topics)
    assert ([each.topic for each in done], left) == ([each.name for each in topics], [])
    assert not differences(kafka_server, topics)
    assert apply_topics(kafka_server, topics) == ([], [])


async def test_settings_are_set_and_others_of_the_topic_stay(kafka_server: str) -> None:
    topic = _topic()
    await _make(kafka_server, topic, 2, **{"retention.ms": "5", "min.compaction.lag.ms": "77"})
    assert [str(each) for each in differences(kafka_server, [topic])] == [
        f"{topic.name} has retention.ms 5, wanted is {configuration(topic)['retention.ms']}"
    ]
    done, left = apply_topics(kafka_server, [topic])
    assert ([each.setting for each in done], left) == (["retention.ms"], [])
    kept = Topic(name=topic.name, owner="nobody", partitions=2, retention_ms=topic.retention_ms)
    assert not differences(kafka_server, [kept])
    assert (await _describe(kafka_server, [topic]))[topic.name][2]["min.compaction.lag.ms"] == "77"


async def test_partitions_are_left_as_they_are(kafka_server: str) -> None:
    topic = _topic()
    await _make(kafka_server, topic, 1)
    done, left = apply_topics(kafka_server, [topic])
    assert not [each for each in done if each.setting == "partitions"]
    assert [(each.setting, each.wanted, each.found) for each in left] == [("partitions", "2", "1")]
