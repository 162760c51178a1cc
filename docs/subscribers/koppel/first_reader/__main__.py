"""Koppel's events with Koppel's own platform: positions, held events, asking for gaps and the replay topic come with it.

FIRST_READER_DATABASE_URL=postgresql://… KOPPEL_KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9092 python -m first_reader
"""

import asyncio
import sys
from contextlib import suppress

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError

from koppel.contracts.event import Event
from koppel.contracts.registry import EVENTS
from koppel.contracts.replay_topic import replay_topic_name
from koppel.contracts.topics import CONNECTION
from koppel.platform.consumer import ReceivedEvent, Subscriptions
from koppel.platform.database import Connection
from koppel.platform.kafka.access import Kafka, client_options
from koppel.platform.migrations import migrate
from koppel.platform.service import Service
from koppel.platform.settings import KoppelSettings, ServiceSettings, environment, load_settings

NAME, SCHEMA = "first-reader", "first_reader"


class Settings(ServiceSettings):
    """`FIRST_READER_…`."""

    model_config = environment("FIRST_READER_")

    port: int = 8110


async def on_event(event: ReceivedEvent[Event], connection: Connection) -> None:
    """The effect. It commits with the position of the event's stream, so it happens once; it never commits itself."""
    envelope = event.envelope
    await connection.execute(
        "insert into seen (event_id, stream_key, version, type, value) values ($1, $2, $3, $4, $5::jsonb)",
        envelope.id,
        event.data.key,
        envelope.sequence,
        envelope.type,
        event.data.model_dump_json(),
    )
    print("applying", envelope.sequence, envelope.type, event.data.key, flush=True)


async def prepare(dsn: str, kafka: Kafka) -> None:
    """A schema for the platform's tables and ours, the role that services log in with, and this consumer's replay topic."""
    connection = await asyncpg.connect(dsn)
    if not await connection.fetchval("select 1 from pg_roles where rolname = $1", f"{SCHEMA}_app"):
        await connection.execute(f"create role {SCHEMA}_app")
    await connection.execute(f"create schema if not exists {SCHEMA}")
    await connection.close()
    await migrate(dsn, SCHEMA, __package__ or NAME)
    admin = AIOKafkaAdminClient(**client_options(kafka))
    await admin.start()
    with suppress(TopicAlreadyExistsError):
        await admin.create_topics([NewTopic(replay_topic_name(NAME), num_partitions=1, replication_factor=1)])
    await admin.close()


async def main() -> int:
    """Run until told to stop."""
    shared, own = load_settings(KoppelSettings), load_settings(Settings)
    await prepare(own.database_url.get_secret_value(), shared.kafka)
    subscriptions = Subscriptions(NAME)
    for event in EVENTS:
        if event.topic is CONNECTION:
            subscriptions.on(event, on_event)
    service = Service(NAME, SCHEMA, version="1", shared=shared, own=own)
    service.http([], description="Its probes: /livez and /readyz.")
    service.consume(subscriptions)
    return await service.run()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
