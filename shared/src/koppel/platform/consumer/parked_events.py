"""What an operator does about a parked event: try it again, or give it up for a reason. Each leaves one audit row."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from koppel.kernel.errors import Conflict, NotFound
from koppel.kernel.retry import RetryPolicy
from koppel.platform.audit import Audit
from koppel.platform.consumer.heads import Stream
from koppel.platform.consumer.inbox import Inbox, Work
from koppel.platform.consumer.parking import raw_from
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.consumer.taken import accept_loss, being_rebuilt, give_up, take
from koppel.platform.database import Connection, Database

_PLACE = "select topic, key, consumer from parked_event where id = $1"
_DUE_NOW = "update parked_event set attempts = 0, next_attempt_at = now() where id = $1"
_HELD = "select count(*) from held_event where consumer = $1 and topic = $2 and key = $3"
_NEXT_PARKED = """
select id from parked_event where consumer = $1 and topic = $2 and key = $3 and not apart
order by version, "offset" limit 1
"""


@dataclass(frozen=True, slots=True)
class Discarded:
    """What giving an event up set free, and where its stream stands now.

    `head` is the last version that counts as applied; `next_parked_id` the event that the stream waits for
    now: a follower that failed in its turn, or one that was parked beside it.
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
        self._inbox = Inbox(database, subscriptions, policy)

    async def release(self, parked_id: UUID, *, actor: str, reason: str | None = None) -> None:
        """Make it due now with all attempts before it; the retry job takes it from there.

        Raises `NotFound` (`parked_event_not_found`) and `Conflict` (`parked_by_another_consumer`).
        """
        async with self._in_hand(parked_id) as it:
            await it.connection.execute(_DUE_NOW, parked_id)
            await _record(it, "parked_event.retried", actor, reason)

    async def discard(self, parked_id: UUID, *, actor: str, reason: str) -> Discarded:
        """Give it up: it will never be applied, and its followers are applied in their order,
        at most `inbox.FOLLOWERS` of them here; the retry job applies the rest.

        Of an event that waits for versions that never came, those are given up: it is applied itself.
        Raises what `release` raises, and `Conflict` (`stream_being_rebuilt`). A follower that fails is parked in its turn.
        """
        async with self._in_hand(parked_id) as it:
            if await being_rebuilt(it.connection, it.row):
                detail = "A replay is rebuilding its stream; give it up when that is through."
                raise Conflict("stream_being_rebuilt", detail)
            row, before = it.row, await it.held()
            if row["cause_class"] == "gap":
                await accept_loss(it.work, row)
            else:
                await give_up(it.connection, it.work, row, it.work.read(raw_from(row)))
            await _record(it, "parked_event.discarded", actor, reason)
            after = await it.held()
            return Discarded(
                id=parked_id,
                consumer=row["consumer"],
                topic=row["topic"],
                key=row["key"],
                version=row["version"],
                head=it.work.heads.version(it.stream),
                followers_released=before - after,
                followers_held=after,
                next_parked_id=await it.connection.fetchval(_NEXT_PARKED, row["consumer"], *it.stream),
            )

    @asynccontextmanager
    async def _in_hand(self, parked_id: UUID) -> AsyncIterator[_InHand]:
        async with self._database.system() as connection:
            place = await connection.fetchrow(_PLACE, parked_id)
            if place is None:
                raise NotFound("parked_event", parked_id)
            if place["consumer"] != self._consumer:
                detail = f"Its handlers are those of {place['consumer']}, which this service does not run."
                raise Conflict("parked_by_another_consumer", detail)
            work = self._inbox.open(connection, savepoints=True)
            row = await take(connection, work, parked_id, (place["topic"], place["key"]))
            if row is None:
                raise NotFound("parked_event", parked_id)
            yield _InHand(connection, work, row)
            await work.heads.store()


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
