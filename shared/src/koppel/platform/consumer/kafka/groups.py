"""How far consumer groups are, as the broker tells: where each stands, who reads, and how old the oldest unread event is."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from koppel.kernel.errors import Transient
from koppel.platform.aiokafka_internals import assigned_partitions, read_any_header_name
from koppel.platform.kafka.access import Kafka, client_options

_ANSWERED_WITHIN = 10.0
_READ_WITHIN = 3.0
"""Seconds."""
_MOST_GROUPS = 1_000
_KINDS = ("consumer", "")
"""A group that only commits has no kind."""
_FETCHED_BYTES = 4_096
"""Of each partition: the oldest event is enough, and one comes whatever its size."""
_LONGEST = 200

GroupState = Literal["consuming", "rebalancing", "stopped"]
Place = tuple[TopicPartition, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionStanding:
    """A group at one partition. `position` is None before its first commit, `seconds_behind` where it could not be read."""

    consumer: str
    topic: str
    partition: int
    position: int | None
    end: int
    events_behind: int
    seconds_behind: float | None
    state: GroupState
    member: str | None
    host: str | None


@dataclass(frozen=True, slots=True)
class _Group:
    """`readers` are its members by partition: name and host."""

    moving: bool
    readers: Mapping[TopicPartition, tuple[str, str]]

    def state_at(self, place: TopicPartition) -> GroupState:
        if self.moving:
            return "rebalancing"
        return "consuming" if place in self.readers else "stopped"


class ConsumerGroups:
    """Asks the broker anew each time."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka

    async def standings(
        self, own: Mapping[str, Collection[str]], open_to: Callable[[str], bool]
    ) -> list[PartitionStanding]:
        """Each group of `own` at every partition of the topics that it reads, and whoever has committed to a topic that is
        `open_to` being told of whole. Raises `Transient` (`broker_unavailable`)."""
        try:
            async with asyncio.timeout(_ANSWERED_WITHIN):
                return await self._standings(own, open_to)
        except (KafkaError, OSError, TimeoutError) as error:
            detail = f"Kafka did not tell how far consumers are: {type(error).__name__}."
            raise Transient("broker_unavailable", detail) from error

    async def _standings(
        self, own: Mapping[str, Collection[str]], open_to: Callable[[str], bool]
    ) -> list[PartitionStanding]:
        async with self._clients() as (admin, consumer):
            partitions = await _partitions(
                admin, lambda topic: open_to(topic) or any(topic in reads for reads in own.values())
            )
            others = {name for name, kind in await admin.list_consumer_groups() if kind in _KINDS}
            names = [*own, *sorted(others - set(own))][:_MOST_GROUPS]
            committed = dict(
                zip(names, await asyncio.gather(*(_committed(admin, each) for each in names)), strict=True)
            )
            positions = {
                (name, place): committed[name].get(place)
                for name in names
                for place in partitions
                if place.topic in own.get(name, ()) or (place in committed[name] and open_to(place.topic))
            }
            wanted = sorted({name for name, _ in positions})
            groups = dict(
                zip(wanted, await asyncio.gather(*(_group(admin, each) for each in wanted)), strict=True)
            )
            return await _measured(consumer, positions, groups)

    @asynccontextmanager
    async def _clients(self) -> AsyncIterator[tuple[AIOKafkaAdminClient, AIOKafkaConsumer]]:
        read_any_header_name()
        admin = AIOKafkaAdminClient(**client_options(self._kafka))
        consumer = AIOKafkaConsumer(
            **client_options(self._kafka),
            group_id=None,
            enable_auto_commit=False,
            max_partition_fetch_bytes=_FETCHED_BYTES,
            auto_offset_reset="earliest",
        )
        try:
            await admin.start()
            await consumer.start()
            yield admin, consumer
        finally:
            await consumer.stop()
            await admin.close()


async def _partitions(admin: AIOKafkaAdminClient, wanted: Callable[[str], bool]) -> list[TopicPartition]:
    """Of the topics that are there."""
    there = sorted(topic for topic in await admin.list_topics() if wanted(topic))
    described = await admin.describe_topics(there) if there else []
    return [
        TopicPartition(topic["topic"], each["partition"])
        for topic in described
        for each in topic["partitions"]
    ]


async def _committed(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, int]:
    offsets = await admin.list_consumer_group_offsets(group)
    return {place: told.offset for place, told in offsets.items() if told.offset >= 0}


async def _group(admin: AIOKafkaAdminClient, name: str) -> _Group:
    (answer,) = await admin.describe_consumer_groups([name])
    state, members = answer.groups[0][2], answer.groups[0][5]
    readers = {
        place: (member[0][:_LONGEST], member[2].lstrip("/")[:_LONGEST])
        for member in members
        for place in assigned_partitions(member[4])
    }
    return _Group(state in ("PreparingRebalance", "CompletingRebalance"), readers)


async def _measured(
    consumer: AIOKafkaConsumer,
    positions: Mapping[tuple[str, TopicPartition], int | None],
    groups: Mapping[str, _Group],
) -> list[PartitionStanding]:
    places = sorted({place for _, place in positions})
    # All topics' metadata at once: asked for offsets, the client learns of one topic at a time, and waits after each.
    consumer.assign(places)
    consumer.pause(*places)
    starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    # What retention took before it was read cannot be read any more.
    begins = {
        (name, place): max(starts[place], position or 0) for (name, place), position in positions.items()
    }
    unread = {(place, at) for (_, place), at in begins.items() if at < ends[place]}
    times, now = await _times(consumer, unread), datetime.now(UTC).timestamp()
    return [
        PartitionStanding(
            consumer=name,
            topic=place.topic,
            partition=place.partition,
            position=position,
            end=ends[place],
            events_behind=max(0, ends[place] - begins[name, place]),
            seconds_behind=_behind(now, place, begins[name, place], ends[place], times),
            state=groups[name].state_at(place),
            member=groups[name].readers.get(place, (None, None))[0],
            host=groups[name].readers.get(place, (None, None))[1],
        )
        for (name, place), position in positions.items()
    ]


def _behind(
    now: float, place: TopicPartition, at: int, end: int, times: Mapping[Place, float]
) -> float | None:
    if at >= end:
        return 0.0
    told = times.get((place, at))
    return None if told is None else round(max(0.0, now - told), 3)


async def _times(consumer: AIOKafkaConsumer, unread: Iterable[Place]) -> dict[Place, float]:
    """When the first event from each place on was sent, epoch seconds. A partition is read for one place at a time."""
    left: dict[TopicPartition, list[int]] = {}
    for place, at in sorted(unread):
        left.setdefault(place, []).append(at)
    found: dict[Place, float] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(_READ_WITHIN):
            while left:
                await _first(consumer, {place: offsets.pop() for place, offsets in left.items()}, found)
                left = {place: offsets for place, offsets in left.items() if offsets}
    return found


async def _first(
    consumer: AIOKafkaConsumer, wanted: Mapping[TopicPartition, int], found: dict[Place, float]
) -> None:
    """Fills `found`, so that one partition that does not answer in time leaves what the others told."""
    waiting = dict(wanted)
    while waiting:
        consumer.assign(list(waiting))
        for place, at in waiting.items():
            consumer.seek(place, at)
        for place, records in (await consumer.getmany(timeout_ms=500)).items():
            if records and place in waiting:
                found[place, waiting.pop(place)] = records[0].timestamp / 1000
