"""The streams of a replay: how each stood in the rehearsal, and where its section is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from koppel.platform.consumer.heads import Stream
from koppel.platform.database import Connection

_LOAD = """
select * from lane_stream join unnest($3::text[], $4::text[]) as wanted (topic, key) using (topic, key)
where consumer = $1 and replay_id = $2
"""
_STORE = """
insert into lane_stream (consumer, replay_id, topic, key, planned_head, planned_parked, planned_held, state,
                         head, blocked, base, resume_head)
select $1, $2, stream.*
from unnest($3::text[], $4::text[], $5::bigint[], $6::boolean[], $7::bigint[], $8::text[], $9::bigint[],
            $10::boolean[], $11::bigint[], $12::bigint[]) as stream
on conflict (consumer, replay_id, topic, key) do update
set planned_head = excluded.planned_head, planned_parked = excluded.planned_parked,
    planned_held = excluded.planned_held, state = excluded.state, head = excluded.head,
    blocked = excluded.blocked, base = excluded.base, resume_head = excluded.resume_head
"""
_REBUILT_BY_OTHERS = """
select topic, key, replay_id from lane_stream join unnest($3::text[], $4::text[]) as wanted (topic, key) using (topic, key)
where consumer = $1 and replay_id <> $2 and state = 'open' and resume_head is not null
"""
_OPEN = """
select topic, key from lane_stream
where consumer = $1 and replay_id = $2 and state = 'open' and resume_head is not null
"""
_HELD = """
select version from held_event
where consumer = $1 and topic = $2 and key = $3 and version > $4 and version <= $5
"""

State = Literal["open", "passed", "done"]


@dataclass(slots=True)
class LaneStream:
    """One stream in one replay. `planned_*` are None without a rehearsal.

    `head` and `blocked` are where this phase left the stream: what the section's next batch begins at. `base` is
    the head from which a rebuild applies again, `resume_head` the one it took back.
    """

    stream: Stream
    planned_head: int | None = None
    planned_parked: bool | None = None
    planned_held: int | None = None
    state: State = "done"
    head: int = 0
    blocked: bool = False
    base: int | None = None
    resume_head: int | None = None


class LaneStreams:
    """The streams of one batch."""

    def __init__(self, connection: Connection, consumer: str, replay_id: UUID) -> None:
        self._connection = connection
        self._consumer = consumer
        self._replay_id = replay_id
        self._known: dict[Stream, LaneStream] = {}
        self.rebuilt: dict[Stream, UUID] = {}
        """Streams that another replay is in the middle of rebuilding."""

    async def load(self, streams: Iterable[Stream]) -> None:
        wanted = (self._consumer, self._replay_id, *_columns(streams))
        for row in await self._connection.fetch(_LOAD, *wanted):
            stream = (row["topic"], row["key"])
            names = set(LaneStream.__slots__) - {"stream"}
            self._known[stream] = LaneStream(stream, **{name: row[name] for name in names})
        for row in await self._connection.fetch(_REBUILT_BY_OTHERS, *wanted):
            self.rebuilt[row["topic"], row["key"]] = row["replay_id"]

    async def open_rebuilds(self) -> list[Stream]:
        """Streams that this replay is in the middle of rebuilding; one at most."""
        rows = await self._connection.fetch(_OPEN, self._consumer, self._replay_id)
        return [(row["topic"], row["key"]) for row in rows]

    def of(self, stream: Stream) -> LaneStream:
        return self._known.setdefault(stream, LaneStream(stream))

    async def held_versions(self, stream: Stream, above: int, upto: int) -> set[int]:
        """Versions that are held, of those that a section may bring."""
        rows = await self._connection.fetch(_HELD, self._consumer, *stream, above, upto)
        return {row["version"] for row in rows}

    async def store(self) -> None:
        known = sorted(self._known.values(), key=lambda each: each.stream)
        await self._connection.execute(
            _STORE,
            self._consumer,
            self._replay_id,
            *_columns(each.stream for each in known),
            [each.planned_head for each in known],
            [each.planned_parked for each in known],
            [each.planned_held for each in known],
            [each.state for each in known],
            [each.head for each in known],
            [each.blocked for each in known],
            [each.base for each in known],
            [each.resume_head for each in known],
        )


def _columns(streams: Iterable[Stream]) -> tuple[list[str], list[str]]:
    pairs = list(streams)
    return [topic for topic, _ in pairs], [key for _, key in pairs]
