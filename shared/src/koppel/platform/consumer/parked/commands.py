"""What an operator does about a parked event: try it again, or give it up for a reason. Each leaves one audit row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import NoReturn
from uuid import UUID

import asyncpg

from koppel.kernel.errors import Conflict, NotFound
from koppel.kernel.retry import RetryPolicy
from koppel.platform.audit import Audit
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.consumer.parked.dry_run import PATIENCE
from koppel.platform.consumer.parked.locked import accept_loss, being_rebuilt, give_up, lock_parked
from koppel.platform.consumer.parked.store import record_from_row
from koppel.platform.consumer.processor import Processor, Work
from koppel.platform.consumer.stored_text import storable
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Connection, Database
from koppel.platform.outbox.newest import Stream
from koppel.platform.telemetry import metrics

_PLACE = "select topic, key, consumer from parked_event where id = $1"
_DUE_NOW = "update parked_event set attempts = 0, next_attempt_at = now() where id = $1"
_HELD = "select count(*) from held_event where consumer = $1 and topic = $2 and key = $3"
_NEXT_PARKED = """
select id from parked_event where consumer = $1 and topic = $2 and key = $3 and not apart
order by version, "offset" limit 1
"""


@dataclass(frozen=True, slots=True)
class Follower:
    """An event that waited behind the one that was given up. `type` and `event_id` are None where it is no event."""

    version: int | None
    event_id: str | None
    type: str | None


@dataclass(frozen=True, slots=True)
class Discarded:
    """What giving an event up set free, and where its stream stands now.

    `head` is the last version that counts as applied; `next_parked_id` the event that the stream waits for
    now: a follower that failed in its turn, or one that was parked beside it. `in_its_place` is another event of its
    version, whose turn it became. `skipped` were dropped: the stream had passed their versions. `missing` are the
    versions, first and last, that nobody waits for any more.
    """

    id: UUID
    consumer: str
    topic: str
    key: str
    version: int | None
    head: int
    followers_released: int
    followers_held: int
    next_parked_id: UUID | None
    in_its_place: Follower | None
    skipped: tuple[Follower, ...]
    missing: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _InHand:
    connection: Connection
    work: Work
    row: asyncpg.Record

    @property
    def stream(self) -> Stream:
        return (self.row["topic"], self.row["key"])

    async def held(self) -> int:
        number: int = await self.connection.fetchval(_HELD, self.row["consumer"], *self.stream)
        return number


class ParkedEvents:
    """The parked events of one consumer. Every call is one transaction that waits for the stream's lock."""

    def __init__(self, database: Database, subscriptions: Subscriptions, policy: RetryPolicy) -> None:
        self._database = database
        self._consumer = subscriptions.name
        self._processor = Processor(database, subscriptions, policy)

    async def retry(self, parked_id: UUID, *, actor: str, reason: str | None = None) -> None:
        """Make it due now with all attempts before it; the retry job takes it from there.

        Raises `NotFound` (`parked_event_not_found`) and `Conflict` (`parked_by_another_consumer`).
        """
        async with self._in_hand(parked_id) as it:
            await it.connection.execute(_DUE_NOW, parked_id)
            await _record(it, "parked_event.retried", actor, reason)

    async def discard(
        self, parked_id: UUID, *, actor: str, reason: str, event_only: bool = False
    ) -> Discarded:
        """Give it up: it will never be applied, and its followers are applied in their order,
        at most `processor.FOLLOWERS` of them here; the retry job applies the rest.

        Of an event that waits for versions that never came, those are given up: it is applied itself. With `event_only`
        it is given up, and the versions are waited for.
        Raises what `retry` raises, and `Conflict` (`stream_being_rebuilt`). A follower that fails is parked in its turn.
        """
        async with self._in_hand(parked_id) as it:
            told = await _discard(it, event_only=event_only)
            await _record(it, "parked_event.discarded", actor, reason)
            return told

    async def would_discard(self, parked_id: UUID, *, event_only: bool = False) -> Discarded:
        """What `discard` would do now. It is done and rolled back: handlers run, and nothing remains.

        Raises what `discard` raises, and of what `UNAVAILABLE` holds a lock that others do not let go of.
        """
        try:
            with metrics.unrecorded():
                async with self._in_hand(parked_id, patience=PATIENCE) as it:
                    _undo(await _discard(it, event_only=event_only))
        except _Undone as undone:
            return undone.told

    @asynccontextmanager
    async def _in_hand(self, parked_id: UUID, *, patience: str = "") -> AsyncIterator[_InHand]:
        async with self._database.system() as connection:
            if patience:
                await connection.execute(patience)
            place = await connection.fetchrow(_PLACE, parked_id)
            if place is None:
                raise NotFound("parked_event", parked_id)
            if place["consumer"] != self._consumer:
                detail = f"Its handlers are those of {place['consumer']}, which this service does not run."
                raise Conflict("parked_by_another_consumer", detail)
            work = self._processor.open(connection, savepoints=True)
            row = await lock_parked(connection, work, parked_id, (place["topic"], place["key"]))
            if row is None:
                raise NotFound("parked_event", parked_id)
            yield _InHand(connection, work, row)
            await work.positions.store()


async def _discard(it: _InHand, *, event_only: bool) -> Discarded:
    if await being_rebuilt(it.connection, it.row):
        detail = "A replay is rebuilding its stream; give it up when that is through."
        raise Conflict("stream_being_rebuilt", detail)
    row, before, stood, other = it.row, await it.held(), it.work.positions.version(it.stream), None
    accepts_loss = row["cause_class"] == "gap" and not event_only
    if accepts_loss:
        await accept_loss(it.work, row)
    else:
        other = await give_up(it.connection, it.work, row, it.work.read(record_from_row(row)))
    after = await it.held()
    return Discarded(
        id=row["id"],
        consumer=row["consumer"],
        topic=row["topic"],
        key=row["key"],
        version=row["version"],
        head=it.work.positions.version(it.stream),
        followers_released=before - after,
        followers_held=after,
        next_parked_id=await it.connection.fetchval(_NEXT_PARKED, row["consumer"], *it.stream),
        in_its_place=None if other is None else _follower(other),
        skipped=tuple(map(_follower, it.work.stale)),
        missing=(stood + 1, row["version"] - 1) if accepts_loss and stood + 1 < row["version"] else None,
    )


def _follower(item: DecodedRecord) -> Follower:
    envelope = item.envelope
    if envelope is None:
        return Follower(item.version, None, None)
    return Follower(item.version, storable(envelope.id), storable(envelope.type))


class _Undone(Exception):
    def __init__(self, told: Discarded) -> None:
        super().__init__()
        self.told = told


def _undo(told: Discarded) -> NoReturn:
    raise _Undone(told)


async def _record(it: _InHand, action: str, actor: str, reason: str | None) -> None:
    # The row may be gone afterwards, so its place on Kafka is what names the event for good.
    row = it.row
    await Audit(it.connection).record(
        organisation_id=row["organisation_id"],
        actor=actor,
        action=action,
        target=f"parked_event/{row['id']}/{row['topic']}/{row['partition']}/{row['offset']}",
        reason=reason,
    )
