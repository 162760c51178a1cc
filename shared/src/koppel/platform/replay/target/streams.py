"""The streams of a replay: how each stood in the dry run, and where its segment is."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from koppel.platform.database import Connection
from koppel.platform.outbox.newest import Stream

_LOAD = """
select * from lane_stream join unnest($3::text[], $4::text[]) as wanted (topic, key) using (topic, key)
where consumer = $1 and replay_id = $2
"""
_STORE = """
insert into lane_stream (consumer, replay_id, topic, key, planned_head, planned_parked, planned_held, state,
                         head, blocked, held, base, resume_head)
select $1, $2, topic, key, planned_head, planned_parked, planned_held::jsonb, state, head, blocked, held::jsonb, base,
       resume_head
from unnest($3::text[], $4::text[], $5::bigint[], $6::boolean[], $7::text[], $8::text[], $9::bigint[],
            $10::boolean[], $11::text[], $12::bigint[], $13::bigint[])
    as stream (topic, key, planned_head, planned_parked, planned_held, state, head, blocked, held, base, resume_head)
on conflict (consumer, replay_id, topic, key) do update
set planned_head = excluded.planned_head, planned_parked = excluded.planned_parked,
    planned_held = excluded.planned_held, state = excluded.state, head = excluded.head,
    blocked = excluded.blocked, held = excluded.held, base = excluded.base, resume_head = excluded.resume_head
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
select min(version) as lowest, max(version) as highest
from (
    select version, version - dense_rank() over (order by version) as island from held_event
    where consumer = $1 and topic = $2 and key = $3 and version > $4 and version <= $5
) as held
group by island order by lowest
"""

State = Literal["open", "passed", "done"]
Ranges = list[list[int]]
"""Versions, as `[from, to]` each."""


@dataclass(slots=True)
class ReplayedStream:
    """One stream in one replay. `planned_*` are None without a dry run.

    `head` and `blocked` are where this phase left the stream: what the segment's next batch begins at. `held` are
    versions of the segment that waited here when it began. `base` is the position from which a rebuild applies again,
    `resume_head` the one it took back.
    """

    stream: Stream
    planned_head: int | None = None
    planned_parked: bool | None = None
    planned_held: Ranges | None = None
    state: State = "done"
    head: int = 0
    blocked: bool = False
    held: Ranges = field(default_factory=list)
    base: int | None = None
    resume_head: int | None = None

    def was_held(self, version: int) -> bool:
        """Whether a copy of this version waited here when the segment began."""
        return any(lowest <= version <= highest for lowest, highest in self.held)

    def explained(self, position: int) -> bool:
        """Whether the stream got from where this phase left it to `position` by what was held alone."""
        return self.head == position or any(
            lowest <= self.head + 1 and position <= highest for lowest, highest in self.held
        )


class ReplayedStreams:
    """The streams of one batch."""

    def __init__(self, connection: Connection, consumer: str, replay_id: UUID) -> None:
        self._connection = connection
        self._consumer = consumer
        self._replay_id = replay_id
        self._known: dict[Stream, ReplayedStream] = {}
        self.rebuilt: dict[Stream, UUID] = {}
        """Streams that another replay is in the middle of rebuilding."""

    async def load(self, streams: Iterable[Stream]) -> None:
        wanted = (self._consumer, self._replay_id, *_columns(streams))
        for row in await self._connection.fetch(_LOAD, *wanted):
            stream = (row["topic"], row["key"])
            names = set(ReplayedStream.__slots__) - {"stream"}
            self._known[stream] = ReplayedStream(stream, **{name: row[name] for name in names})
        for row in await self._connection.fetch(_REBUILT_BY_OTHERS, *wanted):
            self.rebuilt[row["topic"], row["key"]] = row["replay_id"]

    async def open_rebuilds(self) -> list[Stream]:
        """Streams that this replay is in the middle of rebuilding; one at most."""
        rows = await self._connection.fetch(_OPEN, self._consumer, self._replay_id)
        return [(row["topic"], row["key"]) for row in rows]

    def of(self, stream: Stream) -> ReplayedStream:
        return self._known.setdefault(stream, ReplayedStream(stream))

    async def held_versions(self, stream: Stream, above: int, upto: int) -> Ranges:
        """Versions that are held, of those that a segment may bring."""
        rows = await self._connection.fetch(_HELD, self._consumer, *stream, above, upto)
        return [[row["lowest"], row["highest"]] for row in rows]

    async def store(self) -> None:
        known = sorted(self._known.values(), key=lambda each: each.stream)
        await self._connection.execute(
            _STORE,
            self._consumer,
            self._replay_id,
            *_columns(each.stream for each in known),
            [each.planned_head for each in known],
            [each.planned_parked for each in known],
            [None if each.planned_held is None else json.dumps(each.planned_held) for each in known],
            [each.state for each in known],
            [each.head for each in known],
            [each.blocked for each in known],
            [json.dumps(each.held) for each in known],
            [each.base for each in known],
            [each.resume_head for each in known],
        )


def _columns(streams: Iterable[Stream]) -> tuple[list[str], list[str]]:
    pairs = list(streams)
    return [topic for topic, _ in pairs], [key for _, key in pairs]
