"""Events in which one organisation names another's things, and everything that a service stores of an organisation."""

import logging
from collections.abc import Sequence
from uuid import UUID

from koppel.contracts.event import Event
from koppel.contracts.gate.expectations import expectations
from koppel.contracts.gate.golden import typical
from koppel.contracts.registry import BY_TYPE
from koppel.contracts.topics import EVERY_SERVICE
from koppel.platform.database import Database

_TABLES = """
select relname::text as name from pg_class
join pg_attribute on attrelid = pg_class.oid and attname = 'organisation_id'
where relnamespace = current_schema::regnamespace and relkind in ('r', 'p') and not relispartition
order by relname
"""
_HEADS = "select topic, key, version from stream_head where key = any($1) order by topic, key"


def facts_read_by(service: str) -> list[type[Event]]:
    """Every type of event that the service's consumer reads, but those about replays."""
    read = (BY_TYPE[each.type] for each in expectations() if each.consumer == service)
    return [event for event in read if event.topic.owner != EVERY_SERVICE]


def told_by(organisation_id: UUID, event: type[Event], **ids: object) -> Event:
    """A believable event of that organisation; `ids` replace the fields of those names where it has them."""
    known = typical(event)
    if known is None:
        raise LookupError(f"{event.__name__} has no typical golden event")
    fact = event.model_validate_json(known.record[2])
    named = {name: value for name, value in ids.items() if name in event.model_fields}
    return fact.model_copy(update=named | {"organisation_id": organisation_id})


def passed(records: Sequence[logging.LogRecord], event: type[Event], organisation_id: UUID) -> bool:
    """Whether a line tells that such an event of the organisation had no effect."""
    wanted = (event.type_name(), str(organisation_id))
    return any(
        (vars(each).get("event_type"), vars(each).get("organisation_id")) == wanted
        and each.levelno == logging.WARNING
        for each in records
    )


async def held_of(database: Database, organisation_id: UUID, keys: Sequence[object]) -> dict[str, list[str]]:
    """Every row of the organisation by table, and where the streams of those keys stand."""
    async with database.system() as connection:
        tables = [row["name"] for row in await connection.fetch(_TABLES)]
        held = {
            table: [
                row[0]
                for row in await connection.fetch(
                    f'select t::text from "{table}" t where organisation_id = $1 order by 1', organisation_id
                )
            ]
            for table in tables
        }
        heads = await connection.fetch(_HEADS, [str(key) for key in keys])
    return held | {"stream_head": [str(tuple(row)) for row in heads]}
