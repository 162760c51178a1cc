"""A stand-in for a topic's owner: it has a log, and answers `GapFound` on the asker's replay topic."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from koppel.contracts.connection import AuthorizationExpired
from koppel.contracts.envelope import Envelope, decode, encode, source_of
from koppel.contracts.replay import GapFound
from koppel.contracts.replay_topic import ReplayMark, encode_mark, replay_topic_name
from koppel.contracts.topics import CONNECTION, REPLAY_CONTROL
from koppel.platform.outbox.batches import partition_of

Record = tuple[bytes, bytes, list[tuple[str, bytes]]]


class Owner:
    """Publishes versions of one stream on `koppel.connection.v1`."""

    def __init__(self, producer: AIOKafkaProducer, versions: int) -> None:
        self._producer = producer
        self.connection_id = uuid4()
        self.organisation_id = uuid4()
        self.asked: list[GapFound] = []
        self.log = {version: self._record(version) for version in range(1, versions + 1)}

    async def publish(self, *versions: int) -> None:
        for version in versions:
            key, value, headers = self.log[version]
            await self._producer.send_and_wait(CONNECTION.name, value, key=key, headers=headers)

    async def publish_junk(self) -> None:
        """What no subscriber may stumble over."""
        for value, headers in ((b"junk", []), (None, []), (b"{}", [("ce_type", b"other")])):
            await self._producer.send_and_wait(CONNECTION.name, value, key=b"junk", headers=headers)

    @asynccontextmanager
    async def answering(self, kafka: str) -> AsyncIterator[None]:
        consumer = AIOKafkaConsumer(
            REPLAY_CONTROL.name, bootstrap_servers=kafka, auto_offset_reset="earliest"
        )
        await consumer.start()
        task = asyncio.create_task(self._answer(consumer))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await consumer.stop()

    async def _answer(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            if decode(record.headers).type != GapFound.type_name():
                continue
            gap = GapFound.model_validate_json(record.value)
            if gap.stream_key == str(self.connection_id):
                assert record.key.decode() == gap.key
                assert record.partition == partition_of(record.key, REPLAY_CONTROL.partitions)
                self.asked.append(gap)
                await self._send(gap.consumer, range(gap.from_version, gap.to_version + 1))

    async def _send(self, consumer: str, versions: Iterable[int]) -> None:
        """Each record twice, as after a crash of the sender, and a dry run before."""
        numbered = list(enumerate(versions, start=1))
        for phase in ("rehearsal", "run", "run"):
            for position, version in numbered:
                mark = ReplayMark(
                    topic=CONNECTION.name,
                    phase="rehearsal" if phase == "rehearsal" else "run",
                    mode="repair",
                    position=position,
                    total=len(numbered),
                    first=position == 1,
                    last=position == len(numbered),
                    upto=numbered[-1][1],
                )
                key, value, headers = self.log[version]
                marked = [*headers, ("ce_replayid", str(self.connection_id).encode()), encode_mark(mark)]
                await self._producer.send_and_wait(
                    replay_topic_name(consumer), value, key=key, headers=marked
                )

    def _record(self, version: int) -> Record:
        event = AuthorizationExpired(
            organisation_id=self.organisation_id,
            connection_id=self.connection_id,
            provider="eaccounting",
            authorization_id=uuid4(),
            expired_at=datetime.now(UTC),
        )
        envelope = Envelope(
            id=str(uuid4()),
            type=event.type_name(),
            source=source_of(CONNECTION.owner),
            subject=event.key,
            time=event.expired_at,
            organisation_id=event.organisation_id,
            sequence=version,
        )
        value = json.dumps(event.model_dump(mode="json") | {"a_later_field": {"of": "somebody"}})
        return event.key.encode(), value.encode(), encode(envelope)
