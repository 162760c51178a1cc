# /// script
# requires-python = ">=3.11"
# dependencies = ["aiokafka==0.14.0"]
# ///
"""Koppel's events with aiokafka alone: each event once, in order, and what is missing asked for.

KAFKA=127.0.0.1:9092 uv run subscriber.py     (also: CONSUMER, a name of your own; TOPIC; STORE, a SQLite file)
"""

import asyncio
import json
import os
import signal
import sqlite3
import time
import uuid
import zlib
from contextlib import suppress
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError

KAFKA, NAME = os.environ["KAFKA"], os.environ.get("CONSUMER", "aiokafka-reader")
TOPIC = os.environ.get("TOPIC", "koppel.connection.v1")
REPLAY_TOPIC, CONTROL = f"koppel.replay.{NAME}", "koppel.replay-control.v1"
ASK_AGAIN_AFTER = 10.0

store = sqlite3.connect(os.environ.get("STORE", f"{NAME}.sqlite"))
store.executescript("""
create table if not exists position (topic text, key text, version integer, primary key (topic, key));
create table if not exists held (topic text, key text, version integer, organisation text, type text, value text,
                                 primary key (topic, key, version));
create table if not exists seen (key text, version integer, type text, value text);
""")
HELD = "select type, value from held where topic = ? and key = ? and version = ?"
asked: dict[tuple[str, str], float] = {}


def say(*words: object) -> None:
    print(*words, flush=True)


def partition(key: bytes, all_partitions: list[int], _available: list[int]) -> int:
    """Koppel's own choice: with another one a key's events would lie on two partitions."""
    return zlib.crc32(key) % len(all_partitions)


def effect(key: str, version: int, type_name: str, value: str) -> None:
    """Yours, in the transaction that raises the position: both or neither."""
    store.execute("insert into seen values (?, ?, ?, ?)", (key, version, type_name, value))


def take(record: ConsumerRecord) -> None:
    """Stale is skipped, the next one applied with what waited for it, one ahead held: one transaction an event."""
    headers = {name: text.decode() for name, text in record.headers}
    mark = json.loads(headers.get("koppel-lane", "{}"))
    if mark.get("phase") == "rehearsal":
        return
    if "ce_sequence" not in headers or not record.value:
        say("no event of a stream:", record.topic, record.partition, record.offset)
        return
    topic, key, version = mark.get("topic", record.topic), record.key.decode(), int(headers["ce_sequence"])
    before = position = position_of(topic, key)
    if version <= position:
        say("skipped", version, key)
        return
    row = (topic, key, version, headers["ce_organisationid"], headers["ce_type"], record.value.decode())
    with store:
        store.execute("insert or ignore into held values (?, ?, ?, ?, ?, ?)", row)
        while found := store.execute(HELD, (topic, key, position + 1)).fetchone():
            position += 1
            effect(key, position, *found)
        store.execute("insert or replace into position values (?, ?, ?)", (topic, key, position))
        store.execute("delete from held where topic = ? and key = ? and version <= ?", (topic, key, position))
    if position == before:
        say("waiting", version, key)
    for row in store.execute(
        "select version, type, key, value from seen where key = ? and version > ?", (key, before)
    ):
        say("applied", *row)


def position_of(topic: str, key: str) -> int:
    row = store.execute("select version from position where topic = ? and key = ?", (topic, key)).fetchone()
    return row[0] if row else 0


async def ask_for_gaps(producer: AIOKafkaProducer) -> None:
    """What a held event waits for, asked of the topic's owner; it comes by the replay topic."""
    for topic, key, lowest, organisation in store.execute(
        "select topic, key, min(version), organisation from held group by topic, key"
    ).fetchall():
        first, now = position_of(topic, key) + 1, time.monotonic()
        if now - asked.get((topic, key), -ASK_AGAIN_AFTER) < ASK_AGAIN_AFTER:
            continue
        asked[topic, key], at = now, datetime.now(UTC).isoformat().replace("+00:00", "Z")
        gap = {"consumer": NAME, "stream_topic": topic, "stream_key": key, "from_version": first,
               "to_version": lowest - 1, "organisation_id": organisation, "found_at": at}  # fmt: skip
        headers = {"ce_specversion": "1.0", "ce_type": "nl.koppel.GapFound.v1", "ce_id": str(uuid.uuid4()),
                   "ce_source": f"urn:example:{NAME}", "ce_time": at, "ce_organisationid": organisation,
                   "content-type": "application/json"}  # fmt: skip
        await producer.send_and_wait(
            CONTROL,
            json.dumps(gap).encode(),
            key=f"{NAME}/{topic}/{key}".encode(),
            headers=[(name, text.encode()) for name, text in headers.items()],
        )
        say("asked for", first, "to", lowest - 1, key)


async def main() -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=KAFKA)
    await admin.start()
    with suppress(TopicAlreadyExistsError):
        await admin.create_topics([NewTopic(REPLAY_TOPIC, num_partitions=1, replication_factor=1)])
    await admin.close()
    stopping = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stopping.set)
    producer = AIOKafkaProducer(bootstrap_servers=KAFKA, enable_idempotence=True, partitioner=partition)
    consumer = AIOKafkaConsumer(
        TOPIC,
        REPLAY_TOPIC,
        bootstrap_servers=KAFKA,
        group_id=NAME,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with producer, consumer:
        say("reading", TOPIC)
        while not stopping.is_set():
            batches = await consumer.getmany(timeout_ms=500)
            for records in batches.values():
                for record in records:
                    take(record)
            if batches:
                await consumer.commit()  # after the effects: what is read twice is skipped
            await ask_for_gaps(producer)
    say("left")  # the group gives its partitions to others at once


if __name__ == "__main__":
    asyncio.run(main())
