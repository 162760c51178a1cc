"""Finding events in the log: by an id, by what they are about, by office, type and time. Never by reading it whole.

Five indexes leave out records' events, which come by the thousand: those are found by their administration alone.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg

from koppel.contracts.registry import BY_TYPE
from koppel.contracts.topics import RECORD, SYNC_PAUSE, TOPICS
from koppel.kernel.ids import first_id, moment_of
from koppel.platform.database import Connection
from koppel.platform.outbox.event_filter import EventFilter, refused
from koppel.platform.outbox.pending import PINNED

_AT_MOST = "5s"
_LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes of payloads on a page."""
_A_DAY = timedelta(days=1)
_SKEW = timedelta(minutes=1)
"""Between clocks of services and of the database."""
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
_TOPICS = [topic.name for topic in TOPICS if topic is not RECORD]
_TYPES = [name for name, event in BY_TYPE.items() if event.topic is not RECORD]
_NOT_RECORDS = f"log.topic <> '{RECORD.name}'"
"""As the indexes say it: a parameter would not be known to imply it."""

_COLUMNS = """
log.seq, log.logged_on, log.event_id, log.topic, log.key, log.version, log.type, log.organisation_id, log.occurred_at,
log.correlation_id, log.causation_id, log.traceparent
"""
_ONE = ", 1::bigint as count, log.occurred_at as until, log.seq as last_seq"
_RANGE = """
event_log log where log.topic = {topic} and log.key >= {low} and log.key < {high} and starts_with(log.key, {low} || '/')
"""
# `= any(array[…])` and the order by what leads the index: after a plain equality the log's own key would have the same
# order, and be read until a page is full.
_IN_ORDER = """
(select {columns}{one} from {source} and {conditions} and log.seq > {after} order by {lead}, log.seq limit {limit})
"""
# Ids rise with time, as their makers' clocks have it; what waited for its stream drew its place a little later.
_SINCE = """
log.seq >= (
    select coalesce(min(first.seq), 9223372036854775807) from (
        select log.seq from event_log log where {not_records} and {days} and log.event_id >= {since}
        order by log.event_id limit 100
    ) first
)
"""
# `offset 0` fences: in order of the whole log it would be read until a page is full.
_SORTED = """
(select * from (select {columns}{one} from {source} and {conditions} and log.seq > {after} offset 0) own
 order by own.seq limit {limit})
"""
_FOLDED = """
(select {columns}, folded.count, folded.until, folded.last_seq
 from (
    select min(log.seq) as seq, count(*) as count, max(log.occurred_at) as until, max(log.seq) as last_seq
    from {source} and {conditions} group by log.causation_id, log.type, split_part(log.key, '/', 2)
 ) folded
 cross join lateral (select * from event_log where event_log.seq = folded.seq limit 1) log
 where folded.seq > {after} order by folded.seq limit {limit})
"""
_BY_TYPE = """
(select found.* from unnest({types}::text[]) as wanted (type) cross join lateral {of_type} found
 order by found.seq limit {limit})
"""
_PAGE = """
select page.*, case when topic <> {records} or {payloads} then payload end as payload,
       sum(case when {payloads} then octet_length(payload) else 0 end) over (order by seq) as so_far,
       not exists (select from outbox_pending pending where pending.seq between page.seq and page.last_seq) as published
from (select * from ({branches}) found order by seq limit {limit}) page
cross join lateral (
    select log.payload from event_log log where log.seq = page.seq and log.logged_on = page.logged_on offset 0
) said
order by seq
"""


@dataclass(frozen=True, slots=True)
class FoundEvents:
    """Rows of the log; whether there are `more` behind the last."""

    rows: list[asyncpg.Record]
    more: bool


async def find_events(
    connection: Connection,
    wanted: EventFilter,
    *,
    today: date,
    after: int,
    limit: int,
    payloads: bool = False,
    folded: bool = False,
) -> FoundEvents:
    """Up to `limit` events behind the place `after`, oldest first; fewer where their payloads are large, never none.

    `folded`: of an administration, events of records that have cause, type and resource in common are one row with
    their `count`; `until` is when the last of them happened. Raises `InvalidInput` when it takes too long.
    """
    statement = _Statement(wanted, today, after, limit + 1, payloads=payloads, folded=folded)
    async with look_by_index(connection):
        rows = await connection.fetch(statement.sql, *statement.arguments)
    kept = [row for place, row in enumerate(rows) if not place or row["so_far"] <= _LARGEST_ANSWER][:limit]
    return FoundEvents(kept, more=len(kept) < len(rows))


@asynccontextmanager
async def look_by_index(connection: Connection) -> AsyncIterator[None]:
    """Inside, plans go by indexes, whatever the statistics are, and for five seconds a statement.

    Raises `InvalidInput` when that was not enough.
    """
    try:
        async with connection.transaction():
            await _pin(connection)
            yield
    except asyncpg.QueryCanceledError as error:
        detail = f"Looking took longer than {_AT_MOST}; ask for less time with from and to."
        raise refused("filter_too_wide", detail, "from") from error


async def _pin(connection: Connection) -> None:
    settings = {**PINNED, "statement_timeout": _AT_MOST}
    await connection.execute(
        "select set_config(name, value, true) from unnest($1::text[], $2::text[]) as one (name, value)",
        list(settings),
        list(settings.values()),
    )


class _Statement:
    """One page, as SQL with its arguments."""

    def __init__(
        self, wanted: EventFilter, today: date, after: int, limit: int, *, payloads: bool, folded: bool
    ) -> None:
        self.arguments: list[object] = []
        self._wanted = wanted
        self._folded = folded
        self._parts = {
            "columns": _COLUMNS,
            "one": _ONE,
            "conditions": " and ".join(self._conditions(today)),
            "after": self._given(after),
            "limit": self._given(limit),
        }
        self.sql = _PAGE.format(
            records=self._given(RECORD.name),
            payloads=f"{self._given(payloads)}::boolean",
            branches=" union all ".join(self._branches()),
            limit=self._parts["limit"],
        )

    def _given(self, value: object) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def _branches(self) -> Iterator[str]:
        wanted, log = self._wanted, f"event_log log where {_NOT_RECORDS}"
        if wanted.administration_id is not None or wanted.connection_id is not None:
            yield from self._of_streams()
        elif wanted.event_id is not None:
            yield _SORTED.format(**self._parts, source=log)
        elif wanted.causation_id is not None:
            yield self._in_order(log, "causation_id")
        elif wanted.correlation_id is not None:
            yield self._in_order(log, "correlation_id")
        else:
            yield self._of_types(log)

    def _in_order(self, source: str, column: str) -> str:
        lead = f"log.{column}"
        return _IN_ORDER.format(**self._parts, source=source, lead=lead)

    def _of_types(self, log: str) -> str:
        wanted = self._wanted
        types = self._given(_TYPES if wanted.type is None else [wanted.type])
        lead = "log.type" if wanted.organisation_id is None else "log.organisation_id, log.type"
        source = f"{log} and log.type = any(array[wanted.type])"
        if wanted.from_ is not None:
            since = self._given(first_id(max(wanted.from_, _BEFORE_ALL) - _SKEW))
            source += f" and {_SINCE.format(not_records=_NOT_RECORDS, days=self._days, since=since)}"
        of_type = _IN_ORDER.format(**self._parts, source=source, lead=lead)
        return _BY_TYPE.format(types=types, of_type=of_type, limit=self._parts["limit"])

    def _of_streams(self) -> Iterator[str]:
        """Streams with the id as key, and those whose keys begin with it: of records, and of pauses of resources."""
        wanted = self._wanted
        keys = f"log.topic = any({self._given(_TOPICS)}) and log.key = any({self._given(_keys(wanted))})"
        yield _SORTED.format(**self._parts, source=f"event_log log where {keys}")
        if wanted.administration_id is None:
            return
        for topic, before in ((RECORD.name, ""), (SYNC_PAUSE.name, "resource/")):
            low, high = (self._given(f"{before}{bound}") for bound in _around(wanted.administration_id))
            source = _RANGE.format(topic=self._given(topic), low=low, high=high)
            form = _FOLDED if self._folded and topic == RECORD.name else _SORTED
            yield form.format(**self._parts, source=source)

    def _conditions(self, today: date) -> Iterator[str]:
        wanted = self._wanted
        low, high = _days(wanted, today)
        self._days = f"log.logged_on between {self._given(low)} and {self._given(high)}"
        yield self._days
        for column in ("event_id", "correlation_id", "causation_id", "organisation_id", "type"):
            if (value := getattr(wanted, column)) is not None:
                kind = "text" if column == "type" else "uuid"
                yield f"log.{column} = any(array[{self._given(value)}::{kind}])"
        if wanted.from_ is not None:
            yield f"log.occurred_at >= {self._given(wanted.from_)}"
        if wanted.to is not None:
            yield f"log.occurred_at < {self._given(wanted.to)}"


def _around(administration_id: UUID) -> tuple[str, str]:
    """Bounds of all keys that begin with the id, in every collation: a range that ends at `id0` needs that of C."""
    number = administration_id.int + 1
    return str(administration_id), "g" if number >> 128 else str(UUID(int=number))


def _keys(wanted: EventFilter) -> list[str]:
    keys = [str(each) for each in (wanted.administration_id, wanted.connection_id) if each is not None]
    return keys if wanted.administration_id is None else [*keys, f"administration/{wanted.administration_id}"]


def _days(wanted: EventFilter, today: date) -> tuple[date, date]:
    """The partitions that can hold it, a day more on both sides: clocks differ, and a transaction may pass midnight.

    An event was logged when its id was made; what it caused came then or later. A conversation's id may be its
    caller's, whose clock is nobody's promise.
    """
    own, cause = moment_of(wanted.event_id), moment_of(wanted.causation_id)
    lows = [day.date() for day in (own, cause, wanted.from_) if day is not None]
    highs = [day.date() for day in (own, wanted.to) if day is not None]
    return max([date(1, 1, 2), *lows]) - _A_DAY, min([today, *highs]) + _A_DAY
