"""Acknowledges a restore: versions never repeat, events applied since are read again, and the audit trail says so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import OffsetAndMetadata

from koppel.kernel.errors import Conflict
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.platform.kafka.access import Kafka, client_options
from koppel.platform.restore.detect import IDENTITY
from koppel.platform.restore.published import Published, offsets_at, since, unknown

_MARGIN = timedelta(hours=1)
"""Clocks and long transactions: events older than the newest one kept may be missing too."""

_NEWEST = "select occurred_at from event_log order by seq desc limit 1"
_RAISE = """
insert into stream_head (topic, key, version)
select topic, key, max(version) from unnest($1::text[], $2::text[], $3::bigint[]) as seen (topic, key, version)
group by topic, key order by topic, key
on conflict (topic, key) do update set version = excluded.version where stream_head.version < excluded.version
"""
_BUMP = f"""
insert into epoch (number, system_identifier, timeline) select 1, system_identifier, timeline from ({IDENTITY}) here
on conflict (one) do update set number = epoch.number + 1, since = now(),
    system_identifier = excluded.system_identifier, timeline = excluded.timeline
returning number
"""
_AUDIT = """
insert into audit_entry (id, actor, action, target, reason) values ($1, $2, 'restore.accepted', $3, $4)
"""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """`orphans`: events that others may have applied and this database does not know. `rewound`: partitions."""

    epoch: int
    orphans: tuple[Published, ...]
    rewound: int


async def accept_restore(
    database: Database, service: str, kafka: Kafka, *, actor: str, reason: str
) -> Acceptance:
    """Acknowledge that the database went back. Every process of the service must be stopped: raises `Conflict` if not.

    Each stream's head is raised to the newest version Kafka has seen, so the next one is above it. The
    consumer group goes back to where the database is; positions skip what is applied. May be run again.
    """
    connection = await database.session()
    try:
        newest: datetime | None = await connection.fetchval(_NEWEST)
        moment = newest and newest - _MARGIN
        await _refuse_while_it_runs(kafka, service)
        orphans = await unknown(connection, await since(kafka, service, moment))
        rewound = await _rewind(kafka, service, moment)
        async with connection.transaction():
            columns = [(each.topic, each.key, each.version) for each in orphans]
            await connection.execute(
                _RAISE, *([list(each) for each in zip(*columns, strict=True)] or [[]] * 3)
            )
            number: int = await connection.fetchval(_BUMP)
            await connection.execute(_AUDIT, new_id(), actor, f"epoch {number}", reason)
    finally:
        await connection.close()
    return Acceptance(number, tuple(orphans), rewound)


async def _refuse_while_it_runs(kafka: Kafka, group: str) -> None:
    admin = AIOKafkaAdminClient(**client_options(kafka))
    await admin.start()
    try:
        for response in await admin.describe_consumer_groups([group]):
            if any(described[5] for described in response.groups):
                raise Conflict("still_running", f"Stop every process of {group} first.")
    finally:
        await admin.close()


async def _rewind(kafka: Kafka, group: str, moment: datetime | None) -> int:
    admin = AIOKafkaAdminClient(**client_options(kafka))
    await admin.start()
    try:
        committed: dict[TopicPartition, OffsetAndMetadata] = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    consumer = AIOKafkaConsumer(**client_options(kafka), group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        there = await offsets_at(consumer, list(committed), moment) if committed else {}
        back = {p: offset for p, offset in there.items() if offset < committed[p].offset}
        if back:
            consumer.assign(list(back))
            await consumer.commit(back)
        return len(back)
    finally:
        await consumer.stop()
