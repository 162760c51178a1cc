"""The last event of a stream."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from koppel.contracts.event import Event
from koppel.contracts.registry import BY_TYPE
from koppel.platform.database import Connection

# Without a day that was dropped from the log: then the version is known, and not what it said.
_NEWEST = """
select head.topic, head.key, head.version, log.type, log.payload
from stream_head head
join unnest($1::text[], $2::text[]) as asked (topic, key) using (topic, key)
left join event_log log on log.topic = head.topic and log.key = head.key and log.version = head.version
"""


Stream = tuple[str, str]
"""Topic and key."""


@dataclass(frozen=True, slots=True)
class Newest:
    """A stream's last version. `event` is None where the log does not hold it any more."""

    version: int
    event: Event | None


async def newest(connection: Connection, streams: Collection[Stream]) -> Mapping[Stream, Newest]:
    """The last events of these (topic, key) in this service's log; streams that never had one are left out."""
    topics, keys = [topic for topic, _ in streams], [key for _, key in streams]
    return {
        (row["topic"], row["key"]): Newest(row["version"], _event(row["type"], row["payload"]))
        for row in await connection.fetch(_NEWEST, topics, keys)
    }


def _event(type_name: str | None, payload: str | None) -> Event | None:
    known = BY_TYPE.get(type_name or "")
    if known is None or payload is None:
        return None
    try:
        return known.model_validate_json(payload, extra="ignore")
    except ValidationError:
        return None  # written by another version of this service
