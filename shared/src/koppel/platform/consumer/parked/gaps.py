"""Detects gaps: a held event waits for versions that did not come, and no parked event explains it. Their owner is asked.

They come by this consumer's replay topic. After asks in vain the held event is parked, so that somebody decides. That
takes minutes, so the age of the oldest gap is told meanwhile.
"""

import math
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from koppel.contracts.replay import NO_ORGANISATION, GapFound
from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.decode import DecodedRecord, decode_record
from koppel.platform.consumer.parked.cause import FailureCause
from koppel.platform.consumer.parked.store import ParkedStore, record_from_row
from koppel.platform.consumer.processor import Processor
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Connection, Database
from koppel.platform.outbox import EventLog
from koppel.platform.outbox.newest import Stream
from koppel.platform.telemetry import metrics

ASKS = 5
_AT_ONCE = 200
"""Streams a round."""

# The lowest version held of each stream, where neither a parked event nor a rebuild in its middle explains the wait.
_WAITING = """
select held.topic, held.key, coalesce(max(head.version), 0) as position, min(held.version) as lowest,
       min(held.held_at) as since
from held_event held
left join consumer_head head using (consumer, topic, key)
where held.consumer = $1 and held.version > coalesce(head.version, 0)
  and not exists (select 1 from parked_event parked
                  where parked.consumer = $1 and parked.topic = held.topic and parked.key = held.key
                    and not parked.apart)
  and not exists (select 1 from lane_stream rebuilt
                  where rebuilt.consumer = $1 and rebuilt.topic = held.topic and rebuilt.key = held.key
                    and rebuilt.state = 'open' and rebuilt.resume_head is not null)
  and ($2::text is null or (held.topic = $2 and held.key = $3))
group by held.topic, held.key
having min(held.version) > coalesce(max(head.version), 0) + 1
"""
# One that was asked for is due again when its back-off is over.
_DUE = f"""
select waiting.topic, waiting.key from ({_WAITING}) as waiting
left join gap_request asked on asked.consumer = $1 and asked.topic = waiting.topic and asked.key = waiting.key
where waiting.since <= now() - $4::interval
  and (asked.times is null or asked.asked_at <= now() - $4::interval * power(2, asked.times - 1))
order by waiting.since limit $5
"""
_OLDEST = f"select extract(epoch from now() - min(since))::float from ({_WAITING}) as waiting"
_ASKED = "select from_version, times from gap_request where consumer = $1 and topic = $2 and key = $3"
_REMEMBER = """
insert into gap_request (consumer, topic, key, from_version, times, asked_at) values ($1, $2, $3, $4, $5, now())
on conflict (consumer, topic, key) do update
set from_version = excluded.from_version, times = excluded.times, asked_at = excluded.asked_at
"""
_FORGET = "delete from gap_request where consumer = $1 and topic = $2 and key = $3"
_FORGET_FILLED = f"""
delete from gap_request asked where consumer = $1
and not exists (select 1 from ({_WAITING}) as waiting where waiting.topic = asked.topic and waiting.key = asked.key)
"""
_LOWEST = """
select topic, partition, "offset", raw_key, raw_headers, raw_value from held_event
where consumer = $1 and topic = $2 and key = $3 and version = $4 order by "offset" limit 1
"""


class GapDetector:
    """Runs as a periodic job beside the consumer; any number of processes may run it.

    `patience` is how long a gap may last before it is asked for, and the first pause between two asks.
    """

    def __init__(
        self, database: Database, subscriptions: Subscriptions, policy: RetryPolicy, patience: timedelta
    ) -> None:
        self._database = database
        self._consumer = subscriptions.name
        self._subscriptions = subscriptions
        self._processor = Processor(database, subscriptions, policy)
        self._patience = patience
        self._oldest_since: float | None = math.nan
        metrics.gauge("koppel_consumer_oldest_gap_seconds", self._age, consumer=self._consumer)

    async def run_due(self) -> int:
        """Ask for each gap that is due, one transaction each; returns how many were asked for or given up."""
        async with self._database.system() as connection:
            await connection.execute(_FORGET_FILLED, self._consumer, None, None)
            due = await connection.fetch(_DUE, self._consumer, None, None, self._patience, _AT_ONCE)
            oldest = await connection.fetchval(_OLDEST, self._consumer, None, None)
        self._oldest_since = None if oldest is None else time.monotonic() - oldest
        for row in due:
            await self._deal_with((row["topic"], row["key"]))
        return len(due)

    def _age(self) -> float:
        """It grows between two readings by itself; NaN before the first one."""
        return 0.0 if self._oldest_since is None else time.monotonic() - self._oldest_since

    async def _deal_with(self, stream: Stream) -> None:
        async with self._database.system() as connection:
            work = self._processor.open(connection, savepoints=True)
            await work.positions.lock([stream])
            # Only under the lock is it certain which versions are still missing.
            due = await connection.fetch(_DUE, self._consumer, *stream, self._patience, 1)
            waiting = await connection.fetchrow(_WAITING, self._consumer, *stream)
            if not due or waiting is None:
                return
            asked = await connection.fetchrow(_ASKED, self._consumer, *stream)
            again = asked is not None and asked["from_version"] == waiting["position"] + 1
            times = asked["times"] if asked is not None and again else 0
            lowest = await self._lowest(connection, stream, waiting["lowest"])
            if times >= ASKS:
                await self._give_up(connection, work.parked_store, lowest, waiting, times)
            else:
                await self._ask(connection, lowest, waiting, times + 1)
            await work.positions.store()

    async def _ask(
        self, connection: Connection, lowest: DecodedRecord, waiting: asyncpg.Record, times: int
    ) -> None:
        stream, missing = lowest.stream, waiting["position"] + 1
        await connection.execute(_REMEMBER, self._consumer, *stream, missing, times)
        await EventLog(connection).append(
            GapFound(
                organisation_id=_organisation(lowest),
                consumer=self._consumer,
                stream_topic=stream[0],
                stream_key=stream[1],
                from_version=missing,
                to_version=waiting["lowest"] - 1,
                found_at=datetime.now(UTC),
            )
        )

    async def _give_up(
        self,
        connection: Connection,
        parked_store: ParkedStore,
        lowest: DecodedRecord,
        waiting: asyncpg.Record,
        times: int,
    ) -> None:
        versions = f"{waiting['position'] + 1} to {waiting['lowest'] - 1}"
        detail = f"Versions {versions} of the stream never came, though they were asked for {times} times."
        await parked_store.park(lowest, FailureCause("gap", "versions_missing", detail))
        await parked_store.drop_held(lowest.raw.topic, [lowest.raw])
        await connection.execute(_FORGET, self._consumer, *lowest.stream)

    async def _lowest(self, connection: Connection, stream: Stream, version: int) -> DecodedRecord:
        row = await connection.fetchrow(_LOWEST, self._consumer, *stream, version)
        assert row is not None  # noqa: S101  (the stream is locked, and it was there a statement ago)
        return decode_record(record_from_row(row), self._subscriptions)


def _organisation(item: DecodedRecord) -> UUID:
    return (item.envelope.organisation_id if item.envelope else None) or NO_ORGANISATION
