"""A replay topic on a real broker: made when it is first needed, one partition, whole batches, a producer that is replaced."""

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from koppel.contracts.envelope import decode
from koppel.contracts.replay_topic import decode_mark, replay_topic_name
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.health import Health
from koppel.platform.replay import ReplayProducer, ReplayRunner
from koppel.platform.replay.sender.topics import ReplayTopics, ReplayTopicUnavailable
from koppel.testing.organisations import Organisation

from .stage import TOPIC, Stage


async def _read(kafka: str, consumer: str, expected: int) -> list[object]:
    reader = AIOKafkaConsumer(bootstrap_servers=kafka)
    await reader.start()
    try:
        await reader._client.force_metadata_update()
        assert (await reader._client._wait_on_metadata(replay_topic_name(consumer))) == {0}
        place = TopicPartition(replay_topic_name(consumer), 0)
        reader.assign([place])
        await reader.seek_to_beginning(place)
        found: list[object] = []
        while len(found) < expected:
            found += (await reader.getmany(place, timeout_ms=10_000)).get(place, [])
        return found
    finally:
        await reader.stop()


async def test_a_foreign_consumer_gets_a_replay_topic_of_its_own(
    stage: Stage, database: Database, kafka_server: str
) -> None:
    consumer, organisation = f"billing-{new_id()}", Organisation()
    await stage.log(organisation, *range(1, 21))
    producer = ReplayProducer(kafka_server, "test-replay")
    runner = ReplayRunner(database, stage.replays, producer, "test", Health())
    stage.runners.append(runner)
    await runner.start()
    replay_id = await stage.plan(target=[consumer], organisation=organisation)
    await stage.act(replay_id, "start")
    await stage.reach(replay_id, "finished")

    records = await _read(kafka_server, consumer, 20)

    for version, record in enumerate(records, start=1):
        envelope, mark = decode(record.headers), decode_mark(record.headers)  # type: ignore[attr-defined]
        assert (envelope.sequence, envelope.replay_id, mark.position) == (version, replay_id, version)
        assert (mark.topic, mark.phase, mark.total, mark.upto) == (TOPIC, "run", 20, 20)
        assert record.key.decode() == str(organisation.administration_id)  # type: ignore[attr-defined]
    logged = await stage.rows(
        "select event_id, payload from event_log where key = $1 order by version",
        str(organisation.administration_id),
    )
    assert [decode(record.headers).id for record in records] == [  # type: ignore[attr-defined]
        str(row["event_id"]) for row in logged
    ]
    assert [record.value.decode() for record in records] == [row["payload"] for row in logged]  # type: ignore[attr-defined]


async def test_a_producer_that_failed_is_replaced(kafka_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = f"billing-{new_id()}"
    producer = ReplayProducer(kafka_server, "test-replay")
    record = (b"k", b"{}", [("a", b"1")])
    await producer.send(consumer, [record])
    first = producer._producer
    assert first is not None

    async def dead(*_: object, **__: object) -> None:
        raise KafkaError("dead")

    with monkeypatch.context() as patch:
        patch.setattr(first, "send_batch", dead)
        with pytest.raises(ReplayTopicUnavailable):
            await producer.send(consumer, [record])
    await producer.send(consumer, [record] * 3)
    assert producer._producer is not first
    assert len(await _read(kafka_server, consumer, 4)) == 4
    await producer.stop()


async def test_more_than_a_batch_arrives_in_order(kafka_server: str) -> None:
    consumer = f"billing-{new_id()}"
    producer = ReplayProducer(kafka_server, "test-replay")
    await producer.send(consumer, [(b"k", b"x" * 2_000 + str(n).encode(), []) for n in range(500)])
    found = await _read(kafka_server, consumer, 500)
    assert [int(record.value[2_000:]) for record in found] == list(range(500))  # type: ignore[attr-defined]
    await producer.stop()


async def test_a_replay_topic_is_there_once_it_was_made(kafka_server: str) -> None:
    consumer, topics = f"billing-{new_id()}", ReplayTopics(kafka_server)
    assert not await topics.exists(consumer)
    for _ in range(2):
        await topics.make(consumer)
        assert await topics.exists(consumer)


async def test_a_broker_that_is_away_says_nothing_about_replay_topics() -> None:
    with pytest.raises(ReplayTopicUnavailable):
        await ReplayTopics("127.0.0.1:1").exists("billing")
