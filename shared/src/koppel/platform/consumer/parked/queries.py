"""Parked and held events for operators to read. Takes no locks."""

from uuid import UUID

import asyncpg

from koppel.platform.database import Connection

_COLUMNS = """
select parked.id, consumer, topic, partition, "offset", key, version, event_id, type, organisation_id,
       cause_class, cause_code, cause_detail, attempts, next_attempt_at, parked_at, apart,
       (select count(*) from held_event held
        where held.consumer = parked.consumer and held.topic = parked.topic and held.key = parked.key
          and not apart) as followers_held
"""
_EVENT = f"{_COLUMNS} from parked_event parked"
_ONE = f"{_COLUMNS}, attempt_errors, raw_key, raw_headers, raw_value from parked_event parked where id = $1"
_LIST = f"""
{_EVENT}
where ($1::uuid is null or id > $1)
  and ($2::text is null or consumer = $2)
  and ($3::text is null or $3 in (cause_class, cause_code))
  and ($4::uuid is null or organisation_id = $4)
  and ($5::text is null or type = $5)
order by id limit $6
"""
# `place` is the cause's place in the list: its members joined, which no two causes share.
_CAUSES = """
select * from (
    select consumer, cause_class, cause_code, type, topic, count(*) as events, count(distinct key) as keys,
           count(next_attempt_at) as due_by_themselves, min(parked_at) as oldest_parked_at,
           (array_agg(id order by id))[1] as example_id, (array_agg(cause_detail order by id))[1] as example_detail,
           jsonb_build_array(consumer, topic, coalesce(type, ''), cause_class, cause_code)::text collate "C" as place
    from parked_event where ($1::text is null or consumer = $1) and ($2::text is null or type = $2)
    group by consumer, topic, type, cause_class, cause_code
) causes
where $3::text is null or place > $3
order by place limit $4
"""
_POSITION = """
select (select version from consumer_head where consumer = $1 and topic = $2 and key = $3) as version,
       (select count(*) from held_event where consumer = $1 and topic = $2 and key = $3) as held
"""
_OF_STREAM = """
select id, version, cause_class, cause_code from parked_event where consumer = $1 and topic = $2 and key = $3
order by apart, version, "offset" limit 1
"""


async def parked_event(connection: Connection, parked_id: UUID) -> asyncpg.Record | None:
    """A parked event with `followers_held`, the events that wait behind it, why attempts failed, and what came from Kafka."""
    return await connection.fetchrow(_ONE, parked_id)


async def parked_events(
    connection: Connection,
    *,
    after: UUID | None,
    consumer: str | None,
    cause: str | None,
    organisation_id: UUID | None,
    event_type: str | None,
    limit: int,
) -> list[asyncpg.Record]:
    """Oldest first, from behind `after`; None is any. `cause` is a class or a code."""
    return await connection.fetch(_LIST, after, consumer, cause, organisation_id, event_type, limit)


async def parked_causes(
    connection: Connection, *, after: str | None, consumer: str | None, event_type: str | None, limit: int
) -> list[asyncpg.Record]:
    """Parked events counted by cause, type and topic, in the order of `place`, from behind `after`."""
    return await connection.fetch(_CAUSES, consumer, event_type, after, limit)


async def stream_position(
    connection: Connection, consumer: str, topic: str, key: str
) -> tuple[int | None, int]:
    """The last version that the consumer applied, None before the first, and how many events it holds."""
    row = await connection.fetchrow(_POSITION, consumer, topic, key)
    assert row is not None  # noqa: S101  (it has no from clause: always one row)
    return row["version"], row["held"]


async def parked_of_stream(
    connection: Connection, consumer: str, topic: str, key: str
) -> asyncpg.Record | None:
    """The parked event that a stream waits for, else one that was set apart."""
    return await connection.fetchrow(_OF_STREAM, consumer, topic, key)
