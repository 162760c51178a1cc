"""Stores events that cannot be applied now, in the transaction that skips them, so that none is lost."""

import base64
import logging
from collections.abc import Sequence

import asyncpg

from koppel.kernel.ids import new_id
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.decode import DecodedRecord, RawRecord, StoredRecord
from koppel.platform.consumer.parked.cause import FailureCause, wait_after
from koppel.platform.consumer.stored_text import storable
from koppel.platform.database import Connection
from koppel.platform.telemetry import log_on_commit

log = logging.getLogger(__name__)

_PARK = """
insert into parked_event (id, consumer, topic, partition, "offset", key, version, event_id, type, organisation_id,
                          raw_key, raw_headers, raw_value, cause_class, cause_code, cause_detail, next_attempt_at,
                          apart, attempt_errors)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, now() + $17::interval, $18,
        with_attempt('[]', $14, $15, $16))
on conflict (consumer, topic, partition, "offset") do nothing
"""
# A replay may bring what waits here already: once is enough, however often it is run.
_HOLD = """
insert into held_event (consumer, topic, partition, "offset", key, version, raw_key, raw_headers, raw_value, event_digest)
select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
where not exists (select 1 from held_event
                  where consumer = $1 and topic = $2 and key = $5 and version = $6
                    and (event_digest = $10 or event_digest is null and raw_value = $9))
on conflict do nothing
"""
_HAS_APART = """
select exists (select 1 from parked_event
               where consumer = $1 and topic = $2 and key = $3 and event_id = $4 and type = $5
                 and version is not distinct from $6 and apart)
"""
_TAKE_HELD = """
select topic, partition, "offset", raw_key, raw_headers, raw_value from held_event
where consumer = $1 and topic = $2 and key = $3 and version is not null
order by version, "offset" limit $4
"""
_TAKE_HELD_UNNUMBERED = """
select topic, partition, "offset", raw_key, raw_headers, raw_value from held_event
where consumer = $1 and topic = $2 and key = $3 and version is null
order by "offset" limit $4
"""
_HELD_AT = """
select topic, partition, "offset", raw_key, raw_headers, raw_value from held_event
where consumer = $1 and topic = $2 and key = $3 and version = $4 order by "offset" limit 100
"""
_PUT_BACK = """
with gone as (
    delete from parked_event
    where consumer = $1 and topic = $2 and key = $3 and cause_class = 'gap' returning *
)
insert into held_event (consumer, topic, partition, "offset", key, version, raw_key, raw_headers, raw_value, held_at)
select consumer, topic, partition, "offset", key, version, raw_key, raw_headers, raw_value, parked_at from gone
on conflict do nothing
"""
_DROP_HELD = """
delete from held_event using unnest($3::int[], $4::bigint[]) as done (partition, "offset")
where consumer = $1 and topic = $2
  and held_event.partition = done.partition and held_event."offset" = done."offset"
"""


class ParkedStore:
    """Parks and holds through the caller's transaction."""

    def __init__(self, connection: Connection, consumer: str, policy: RetryPolicy) -> None:
        self._connection = connection
        self._consumer = consumer
        self._policy = policy

    async def park(self, record: DecodedRecord, cause: FailureCause, *, apart: bool = False) -> None:
        """Set the event aside with its cause. Transient ones are tried again after a back-off.

        `apart`: nothing of its stream waits behind it.
        """
        raw, envelope = record.raw, record.envelope
        wait = wait_after(self._policy, cause, attempts=1)
        done = await self._connection.execute(
            _PARK,
            new_id(),
            self._consumer,
            raw.topic,
            raw.partition,
            raw.offset,
            record.key,
            record.version,
            None if envelope is None else storable(envelope.id),
            None if envelope is None else storable(envelope.type),
            None if envelope is None else envelope.organisation_id,
            raw.key,
            headers_to_json(raw.headers),
            raw.value,
            cause.kind,
            cause.code,
            cause.detail,
            wait,
            apart,
        )
        if done != "INSERT 0 0":  # it waits already: Kafka brought it again
            line_of(self._consumer, record, cause, "parked", again=wait is not None)

    async def has_apart(self, record: DecodedRecord) -> bool:
        """Whether the event was set apart already: its publisher may send it again, at another place."""
        if (envelope := record.envelope) is None:
            return False
        name = (storable(envelope.id), storable(envelope.type), record.version)
        found: bool = await self._connection.fetchval(
            _HAS_APART, self._consumer, record.raw.topic, record.key, *name
        )
        return found

    async def hold(self, record: DecodedRecord) -> None:
        """Keep an event for later: its predecessor is missing or parked."""
        raw = record.raw
        await self._connection.execute(
            _HOLD,
            self._consumer,
            raw.topic,
            raw.partition,
            raw.offset,
            record.key,
            record.version,
            raw.key,
            headers_to_json(raw.headers),
            raw.value,
            record.digest,
        )

    async def held(self, topic: str, key: str, limit: int, *, numbered: bool) -> list[StoredRecord]:
        """The stream's held events that have a version, lowest first; or those without, as they came."""
        statement = _TAKE_HELD if numbered else _TAKE_HELD_UNNUMBERED
        rows = await self._connection.fetch(statement, self._consumer, topic, key, limit)
        return [record_from_row(row) for row in rows]

    async def held_at(self, topic: str, key: str, version: int) -> list[StoredRecord]:
        """The stream's held events of one version, as they came."""
        rows = await self._connection.fetch(_HELD_AT, self._consumer, topic, key, version)
        return [record_from_row(row) for row in rows]

    async def put_back(self, topic: str, key: str) -> None:
        """Hold again what was parked for a gap."""
        await self._connection.execute(_PUT_BACK, self._consumer, topic, key)

    async def drop_held(self, topic: str, done: Sequence[RawRecord]) -> None:
        await self._connection.execute(
            _DROP_HELD, self._consumer, topic, [raw.partition for raw in done], [raw.offset for raw in done]
        )


def line_of(
    consumer: str, record: DecodedRecord, cause: FailureCause, message: str, *, again: bool, **more: object
) -> None:
    """The line about an event that could not be applied, written on commit. `again`: it is tried again by itself.

    What nobody foresaw is an error with its stack; what waits for an operator is a warning.
    """
    raw, envelope = record.raw, record.envelope
    level = logging.INFO if again else logging.WARNING if cause.error is None else logging.ERROR
    log_on_commit(
        log, level, message, error=cause.error, consumer=consumer, topic=raw.topic, partition=raw.partition,
        offset=raw.offset, key=record.key, version=record.version, cause=cause.kind, code=cause.code,
        event_id=envelope and envelope.id, event_type=envelope and envelope.type,
        organisation_id=envelope and envelope.organisation_id,
        correlation_id=envelope and envelope.correlation_id, **more,
    )  # fmt: skip


def record_from_row(row: asyncpg.Record) -> StoredRecord:
    """A parked or held row as the record it was."""
    headers = [
        (name, None if value is None else base64.b64decode(value)) for name, value in row["raw_headers"]
    ]
    return StoredRecord(
        row["topic"], row["partition"], row["offset"], row["raw_key"], headers, row["raw_value"]
    )


def headers_to_json(headers: Sequence[tuple[str, bytes | None]]) -> list[list[str | None]]:
    return [
        [storable(name), None if value is None else base64.b64encode(value).decode()]
        for name, value in headers
    ]
