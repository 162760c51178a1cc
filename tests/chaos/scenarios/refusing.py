"""What Kafka does not take stops its own stream and no other."""

from itertools import count, islice
from unittest.mock import patch

from aiokafka.errors import KafkaTimeoutError
from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.contract import ORGANISATION, PARTITIONS, SERVICE, Step, step
from tests.chaos.rig.evidence import Outcome
from tests.chaos.rig.interfering import Interference
from tests.chaos.rig.reading import allow_bytes, create_topics
from tests.chaos.rig.stage import WITHIN, Stage, expect, running

from koppel.contracts.topics import Topic
from koppel.platform.outbox import EventLog, backoff, partitions
from koppel.platform.outbox.batches import partition_of
from koppel.testing.eventually import eventually


@scenario(criterion=5)
async def event_too_large_for_the_broker_stops_its_stream_only(stage: Stage) -> None:
    async with stage.transaction() as connection:
        log = EventLog(connection)
        await log.append(step("k", "k-1"), step("k", "large", "x" * 1_200_000), step("k", "k-3"))
        await log.append(step("other", "other-1"))
    async with running(stage.relay()):
        await stage.drained(pending=2)
    evidence = await stage.ledger.evidence([stage.topic], {})
    seen = sorted((seen.key, seen.version) for seen in evidence.readings[0])
    expect("inversion on the topic", seen == [("k", 1), ("other", 1)], f"{seen}")


@scenario(criterion=5)
async def event_that_the_broker_refuses_stops_its_stream_only(stage: Stage) -> None:
    """Its batch is refused whole, with others in it; what follows it in its stream is in the next batch."""
    guilty, first, last = _names_of_one_partition(3)
    one_batch = [step(first, "company"), step(guilty, "before"), step(guilty, "large", "x" * 250_000)]
    next_one = [step(last, "filling", "x" * 20_000), step(guilty, "after"), step(first, "last")]
    async with stage.transaction() as connection:
        await EventLog(connection).append(*one_batch, *next_one)
    stage.history |= {each.op: Outcome.OK for each in [*one_batch, *next_one]}
    await allow_bytes(stage.bootstrap, stage.topic, 200_000)
    with patch.object(backoff, "STOP_STREAM_FOR", 0.5):
        async with running(stage.relay()):
            await stage.drained(pending=2)
            evidence = await stage.ledger.evidence([stage.topic], {})
            seen = [each.version for each in evidence.readings[0] if each.key == guilty]
            expect("inversion on the topic", seen == [1], f"{seen}")
            await stage.write(first, "goes on")
            await stage.drained(pending=2)
            await allow_bytes(stage.bootstrap, stage.topic, 1_000_000)
            await stage.drained()
    await stage.judge()


@scenario(criterion=5)
async def topic_that_the_broker_does_not_have_stops_its_streams_only(stage: Stage) -> None:
    class Stray(Step):
        topic = Topic(name=f"{stage.topic}.stray", owner=SERVICE, partitions=PARTITIONS)

    async with stage.transaction() as connection:
        stray = Stray(organisation_id=ORGANISATION, stream="k", op="stray")
        await EventLog(connection).append(stray, step("k", "k-1"))
    stage.history["k-1"] = Outcome.OK
    with (
        patch.object(backoff, "STOP_STREAM_FOR", 0.5),
        patch.object(partitions, "_AT_MOST", 0.3),
        patch.object(partitions, "_AGAIN_AFTER", 0.1),
    ):
        async with running(stage.relay()):
            await stage.drained(pending=1)
            await create_topics(stage.bootstrap, Stray.topic.name)
            await stage.drained()
    await stage.judge()


@scenario(criterion=5)
async def failed_send_keeps_its_stream_back_until_it_is_sent(stage: Stage) -> None:
    rules, failures = Interference(), [KafkaTimeoutError()]

    async def fail_once(topic: str, partition: int) -> None:
        if failures:
            raise failures.pop()

    rules.before = fail_once

    async def failed() -> bool:
        return not failures

    with patch.object(backoff, "STOP_STREAM_FOR", 0.5):
        async with running(stage.relay(rules.factory(stage.bootstrap))):
            await stage.write("k", "k-1")
            await eventually(failed, within=WITHIN)
            await stage.write("k", "k-2")
            await stage.drained()
    await stage.judge()


def _names_of_one_partition(number: int) -> list[str]:
    names = (f"name-{each}" for each in count())
    return list(islice((name for name in names if partition_of(name.encode(), PARTITIONS) == 0), number))
