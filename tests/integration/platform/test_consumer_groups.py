"""How far consumer groups are, as a real broker tells."""

import asyncio
import time

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher

from koppel.kernel.errors import Transient
from koppel.platform.consumer.kafka import groups
from koppel.platform.consumer.kafka.groups import ConsumerGroups, PartitionStanding

from .noted import own_topic


async def _sent(kafka: str, topic: str, *seconds_ago: int) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        for ago in seconds_ago:
            at = int((time.time() - ago) * 1000)
            await producer.send_and_wait(topic, b"{}", partition=0, timestamp_ms=at)


async def _committed(kafka: str, group: str, topic: str, offset: int) -> None:
    place = TopicPartition(topic, 0)
    reader = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False)
    reader.assign([place])
    async with reader:
        await reader.commit({place: offset})


async def _standing(kafka: str, topic: str, own: str) -> list[PartitionStanding]:
    return await ConsumerGroups(kafka).standings({own: {topic}}, lambda _: False)


async def test_a_consumer_that_stopped_says_how_many_events_and_seconds_it_is_behind(
    kafka_server: str, consumer_name: str
) -> None:
    topic = (await own_topic(kafka_server, partitions=2)).topic.name
    await _sent(kafka_server, topic, 900, 600, 300)
    await _committed(kafka_server, consumer_name, topic, 1)
    behind, empty = await _standing(kafka_server, topic, consumer_name)
    assert (behind.position, behind.end, behind.events_behind) == (1, 3, 2)
    assert (behind.state, behind.member, behind.host) == ("stopped", None, None)
    assert behind.seconds_behind is not None
    assert 600 <= behind.seconds_behind < 900
    assert (empty.partition, empty.position, empty.events_behind, empty.seconds_behind) == (1, None, 0, 0)


async def test_a_consumer_that_never_committed_is_behind_from_the_beginning(
    kafka_server: str, consumer_name: str
) -> None:
    topic = (await own_topic(kafka_server, partitions=1)).topic.name
    await _sent(kafka_server, topic, 900, 600)
    (standing,) = await _standing(kafka_server, topic, consumer_name)
    assert (standing.position, standing.events_behind) == (None, 2)
    assert standing.seconds_behind is not None
    assert standing.seconds_behind >= 900


async def test_who_reads_is_told_and_who_has_read_all_is_not_behind(
    kafka_server: str, consumer_name: str
) -> None:
    topic = (await own_topic(kafka_server, partitions=1)).topic.name
    await _sent(kafka_server, topic, 5)
    reader = AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka_server,
        group_id=consumer_name,
        client_id="a-reader",
        auto_offset_reset="earliest",
    )
    async with reader:
        await asyncio.wait_for(reader.getone(), 30)
        await reader.commit()
        (standing,) = await _standing(kafka_server, topic, consumer_name)
    assert (standing.events_behind, standing.seconds_behind, standing.state) == (0, 0, "consuming")
    assert (standing.member or "").startswith("a-reader")
    assert standing.host


async def test_an_owner_is_told_of_everybody_who_reads_its_topic(
    kafka_server: str, consumer_name: str
) -> None:
    """Also of a service that is dead, and of subscribers; each at its own place."""
    topic = (await own_topic(kafka_server, partitions=1)).topic.name
    await _sent(kafka_server, topic, 900, 600, 300)
    for number in (1, 2):
        await _committed(kafka_server, f"{consumer_name}-{number}", topic, number)
    found = await ConsumerGroups(kafka_server).standings({}, topic.__eq__)
    assert [(each.consumer, each.events_behind) for each in found] == [
        (f"{consumer_name}-1", 2),
        (f"{consumer_name}-2", 1),
    ]
    assert [round(each.seconds_behind or 0, -2) for each in found] == [600, 300]


async def test_topics_are_asked_for_all_at_once_however_many(
    kafka_server: str, consumer_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = {(await own_topic(kafka_server, partitions=1)).topic.name for _ in range(4)}
    asked: list[int] = []
    ask = Fetcher._proc_offset_requests

    async def noted(fetcher: Fetcher, timestamps: dict[TopicPartition, int]) -> object:
        asked.append(len(timestamps))
        return await ask(fetcher, timestamps)

    monkeypatch.setattr(Fetcher, "_proc_offset_requests", noted)
    found = await ConsumerGroups(kafka_server).standings({consumer_name: topics}, lambda _: False)
    assert {each.topic for each in found} == topics
    beginnings, ends = 4, 4
    assert asked == [beginnings, ends], "each time more it waited for a topic's metadata"


async def test_a_topic_that_is_not_there_has_no_standing(kafka_server: str, consumer_name: str) -> None:
    assert await _standing(kafka_server, f"not-made-{consumer_name}", consumer_name) == []


async def test_a_broker_that_is_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_ANSWERED_WITHIN", 1.0)
    with pytest.raises(Transient) as refused:
        await ConsumerGroups("127.0.0.1:1").standings({"x": {"y"}}, lambda _: False)
    assert refused.value.code == "broker_unavailable"
