"""How far each stream was applied: one row for each (consumer, topic, key). Deduplication needs no other row.

The row names the event that its version was, so that a second one with that version shows.
"""

from collections.abc import Iterable

from koppel.kernel.errors import Transient
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.database import Connection
from koppel.platform.outbox.newest import Stream

_READ = """
select key, version, event_digest, reached from consumer_head
where consumer = $1 and topic = $2 and key = any($3::text[])
order by key
"""
_LOCK = f"{_READ} for update"
# Nearly always nothing is set aside, and then no key has to be looked up. Asked once the positions are locked: who parks
# or holds an event of a stream has its position.
_ANYTHING = """
select exists (select 1 from parked_event where consumer = $1) as parked,
       exists (select 1 from held_event where consumer = $1) as held
"""
# One parked for a gap blocks nothing: what it waits for is what should be applied when it comes. Nor does one that was
# set apart.
_PARKED = """
select key, min(coalesce(version, 0)) filter (where cause_class <> 'gap' and not apart) as lowest,
       bool_or(cause_class = 'gap') as gap, bool_or(apart) as apart
from parked_event where consumer = $1 and topic = $2 and key = any($3::text[])
group by key
"""
_HELD = """
select key, bool_or(version is null) as unnumbered from held_event
where consumer = $1 and topic = $2 and key = any($3::text[]) group by key
"""
_RAISE = """
update consumer_head set version = raised.version, event_digest = raised.event_digest
from unnest($3::text[], $4::bigint[], $5::text[]) as raised (key, version, event_digest)
where consumer_head.consumer = $1 and consumer_head.topic = $2 and consumer_head.key = raised.key
"""
_TAKE_BACK = """
update consumer_head set reached = taken.reached
from unnest($3::text[], $4::bigint[]) as taken (key, reached)
where consumer_head.consumer = $1 and consumer_head.topic = $2 and consumer_head.key = taken.key
"""
_INSERT = """
insert into consumer_head (consumer, topic, key, version, event_digest)
select $1, $2, key, version, event_digest
from unnest($3::text[], $4::bigint[], $5::text[]) as added (key, version, event_digest) order by key
on conflict do nothing
"""
_WAS_SEEN = "select 1 from consumed_event where consumer = $1 and event_id = $2"
_SEEN = """
insert into consumed_event (consumer, event_id) values ($1, $2) on conflict do nothing returning 1
"""


class Overtaken(Transient):
    """Another process applied events of the same stream meanwhile: roll back and look again."""

    def __init__(self) -> None:
        super().__init__(
            "overtaken", "Another consumer process moved the same stream; the batch is tried again."
        )


class Positions:
    """The positions of one batch's streams, locked for the length of its transaction."""

    def __init__(self, connection: Connection, consumer: str) -> None:
        self._connection = connection
        self._consumer = consumer
        self._stored: dict[Stream, int] = {}
        self._current: dict[Stream, int] = {}
        self._events: dict[Stream, str | None] = {}
        self._raised_by: dict[Stream, DecodedRecord | None] = {}
        self.parked: set[Stream] = set()
        self.held: set[Stream] = set()
        self.gaps: set[Stream] = set()
        """Streams with an event that was parked because its predecessors never came; they are `held` too."""
        self.unnumbered: set[Stream] = set()
        """Streams in which events without a version are held: others like them queue up behind."""
        self.apart: set[Stream] = set()
        """Streams with a parked event that no other event waits behind (`apart`)."""
        self._parked_from: dict[Stream, int] = {}
        self.taken_back: dict[Stream, int] = {}
        """How far each stream was that a rebuild took back, until it is there again."""
        self._newly_taken: set[Stream] = set()

    async def lock(self, streams: Iterable[Stream]) -> None:
        """Lock in key order, so that two processes with the same streams cannot deadlock."""
        await self._load(_LOCK, streams)

    async def look(self, streams: Iterable[Stream]) -> None:
        """Read without a lock, for work that is rolled back."""
        await self._load(_READ, streams)

    async def _load(self, statement: str, streams: Iterable[Stream]) -> None:
        wanted = _by_topic(streams)
        for topic, keys in wanted.items():
            for key, version, event, reached in await self._connection.fetch(
                statement, self._consumer, topic, keys
            ):
                self._stored[topic, key] = self._current[topic, key] = version
                self._events[topic, key] = event
                if reached is not None and reached > version:
                    self.taken_back[topic, key] = reached
        anything = await self._connection.fetchrow(_ANYTHING, self._consumer)
        if anything is not None and (anything["parked"] or anything["held"]):
            await self._load_set_aside(wanted)

    async def _load_set_aside(self, wanted: dict[str, list[str]]) -> None:
        for topic, keys in wanted.items():
            for row in await self._connection.fetch(_PARKED, self._consumer, topic, keys):
                stream = (topic, row["key"])
                if row["apart"]:
                    self.apart.add(stream)
                if row["lowest"] is not None:
                    self.parked.add(stream)
                    self._parked_from[stream] = row["lowest"]
                elif row["gap"]:
                    self.gaps.add(stream)
                    self.held.add(stream)
            for row in await self._connection.fetch(_HELD, self._consumer, topic, keys):
                self.held.add((topic, row["key"]))
                if row["unnumbered"]:
                    self.unnumbered.add((topic, row["key"]))

    def version(self, stream: Stream) -> int:
        return self._current.get(stream, 0)

    def event(self, stream: Stream) -> str | None:
        """The digest of the event at the position; None when that is not known."""
        if stream in self._raised_by:
            by = self._raised_by[stream]
            return None if by is None else by.digest
        return self._events.get(stream)

    def raise_to(self, stream: Stream, version: int, by: DecodedRecord | None) -> None:
        """`by` is the event of that version; None when it is not at hand."""
        if by is not None or self._current.get(stream) != version:
            self._current[stream] = version
            self._raised_by[stream] = by

    def take_back(self, stream: Stream, version: int) -> None:
        """Apply the stream again from behind this version; how far it was is remembered with the position."""
        self.taken_back[stream] = max(self.taken_back.get(stream, 0), self.version(stream))
        self._newly_taken.add(stream)
        self.raise_to(stream, version, None)

    def again(self, stream: Stream, version: int | None) -> bool:
        """Whether this version was applied before, and a rebuild has its turn come again."""
        return version is not None and version <= self.taken_back.get(stream, 0)

    def advanced(self, stream: Stream) -> bool:
        """Whether the stream got further than it was when its position was read."""
        return self.version(stream) > self._stored.get(stream, 0)

    def blocked(self, stream: Stream, version: int | None) -> bool:
        """Whether an event of the stream must wait behind a parked or held one. Earlier versions need not."""
        if version is None and stream in self.unnumbered:
            return True
        return stream in self.parked and (version is None or version >= self._parked_from.get(stream, 0))

    def park(self, stream: Stream, version: int | None) -> None:
        """Note that this version of the stream is parked now."""
        lowest = self._parked_from.get(stream) if stream in self.parked else None
        self._parked_from[stream] = (version or 0) if lowest is None else min(lowest, version or 0)
        self.set_aside(stream, self.parked)

    def set_aside(self, stream: Stream, where: set[Stream]) -> None:
        """Note that an event of the stream is parked or held (`where` is `parked`, `apart` or `held`).

        The stream gets a row even at version 0: it is what a retry and a new event both lock.
        """
        self._current.setdefault(stream, 0)
        where.add(stream)

    async def first_time(self, event_id: str) -> bool:
        """For events without a version: remember source and id, and say whether they are new."""
        return await self._connection.fetchval(_SEEN, self._consumer, event_id) is not None

    async def seen(self, event_id: str) -> bool:
        """Whether it was remembered."""
        return await self._connection.fetchval(_WAS_SEEN, self._consumer, event_id) is not None

    async def store(self) -> None:
        """Write what moved. Raises `Overtaken` when a stream that had no row has one now."""
        moved = {
            stream: version
            for stream, version in self._current.items()
            if stream in self._raised_by or self._stored.get(stream) != version
        }
        for topic, keys in _by_topic(moved).items():
            known = [key for key in keys if (topic, key) in self._stored]
            new = [key for key in keys if (topic, key) not in self._stored]
            if known:
                await self._connection.execute(_RAISE, self._consumer, topic, *self._columns(topic, known))
            if new:
                tag = await self._connection.execute(
                    _INSERT, self._consumer, topic, *self._columns(topic, new)
                )
                if tag != f"INSERT 0 {len(new)}":
                    raise Overtaken
        for topic, keys in _by_topic(self._newly_taken).items():
            reached = [self.taken_back[topic, key] for key in keys]
            await self._connection.execute(_TAKE_BACK, self._consumer, topic, keys, reached)
        self._stored = dict(self._current)

    def _columns(self, topic: str, keys: list[str]) -> tuple[list[str], list[int], list[str | None]]:
        streams = [(topic, key) for key in keys]
        return keys, [self._current[each] for each in streams], [self.event(each) for each in streams]


def _by_topic(streams: Iterable[Stream]) -> dict[str, list[str]]:
    grouped: dict[str, set[str]] = {}
    for topic, key in streams:
        grouped.setdefault(topic, set()).add(key)
    return {topic: sorted(keys) for topic, keys in sorted(grouped.items())}
