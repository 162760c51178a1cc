"""Retries parked events with a transient cause, and then the held events behind them, in order."""

import logging

import asyncpg

from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.consumer.parked.cause import VersionConflict, cause_of, wait_after
from koppel.platform.consumer.parked.locked import being_rebuilt, lock_parked, resolve, run_again
from koppel.platform.consumer.parked.release import note_outcome
from koppel.platform.consumer.parked.store import line_of, record_from_row
from koppel.platform.consumer.processor import TRY_AGAIN, Processor, Work
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Connection, Database
from koppel.platform.telemetry import log_on_commit
from koppel.platform.telemetry.commit_lines import lines_together

log = logging.getLogger(__name__)

_DUE = """
select id, topic, key, next_attempt_at from parked_event where consumer = $1 and next_attempt_at <= now()
order by next_attempt_at, version, "offset" limit 1
"""
_POSTPONE = """
update parked_event
set attempts = attempts + 1, next_attempt_at = now() + $2::interval, cause_class = $3, cause_code = $4, cause_detail = $5,
    attempt_errors = with_attempt(attempt_errors, $3, $4, $5), apart = apart or $6
where id = $1
"""
# What waited behind an event is parked in the transaction that applies the event.
_STUCK_BEHIND = """
select exists (select from parked_event
               where consumer = $1 and topic = $2 and key = $3 and parked_at = now() and next_attempt_at is null)
"""
_LATER = "update parked_event set next_attempt_at = now() + interval '2 seconds' where id = $1"
# Held events that are next in their stream, although no arriving event will release them.
_READY = """
select held.topic, held.key from held_event held
join consumer_head head using (consumer, topic, key)
where held.consumer = $1 and (held.version is null or held.version <= head.version + 1)
  and not exists (select 1 from parked_event parked
                  where parked.consumer = $1 and parked.topic = held.topic and parked.key = held.key
                    and parked.cause_class <> 'gap' and not parked.apart)
limit 1
"""


class Retry:
    """Runs as a periodic job beside the consumer; any number of processes may run it."""

    def __init__(self, database: Database, subscriptions: Subscriptions, policy: RetryPolicy) -> None:
        self._database = database
        self._consumer = subscriptions.name
        self._policy = policy
        self._processor = Processor(database, subscriptions, policy)

    async def run_due(self) -> int:
        """Try everything that is due, one transaction each; returns how many events were tried or released."""
        done = 0
        with lines_together():
            while await self._try_one() or await self._release_one():
                done += 1
        return done

    async def _try_one(self) -> bool:
        async with self._database.system() as connection:
            due = await connection.fetchrow(_DUE, self._consumer)
            if due is None:
                return False
            work = self._processor.open(connection, savepoints=True)
            row = await lock_parked(connection, work, due["id"], (due["topic"], due["key"]))
            if row is None or row["next_attempt_at"] != due["next_attempt_at"]:
                pass  # another process had the stream first and dealt with it, or tried it: it is not due any more
            elif await being_rebuilt(connection, row):
                await connection.execute(_LATER, row["id"])
            elif row["cause_class"] == "gap":
                # The event itself is sound: it waits for its predecessors again, and they are asked for again.
                await work.parked_store.put_back(due["topic"], due["key"])
            else:
                await self._retry(connection, work, row)
            await work.positions.store()
            return True

    async def _retry(self, connection: Connection, work: Work, row: asyncpg.Record) -> None:
        item = work.read(record_from_row(row))
        try:
            await run_again(item, work, connection, apart=row["apart"])
        except TRY_AGAIN:
            raise
        except Exception as error:  # noqa: BLE001  (the line is written on commit, with the stack)
            await self._postpone(connection, row, item, error)
            return
        log_on_commit(
            log, logging.INFO, "parked event applied", consumer=self._consumer, parked_id=row["id"],
            topic=row["topic"], key=row["key"], version=row["version"], attempts=row["attempts"] + 1,
            organisation_id=row["organisation_id"],
        )  # fmt: skip
        await resolve(connection, work, row, item)
        stuck = await connection.fetchval(_STUCK_BEHIND, self._consumer, row["topic"], row["key"])
        await note_outcome(connection, row["id"], "parked_again" if stuck else "applied")

    async def _postpone(
        self, connection: Connection, row: asyncpg.Record, item: DecodedRecord, error: Exception
    ) -> None:
        cause, attempts = cause_of(error), row["attempts"] + 1
        wait = wait_after(self._policy, cause, attempts=attempts)
        apart = isinstance(error, VersionConflict)
        await connection.execute(_POSTPONE, row["id"], wait, cause.kind, cause.code, cause.detail, apart)
        if wait is None:
            await note_outcome(connection, row["id"], "parked_again")
        line_of(
            self._consumer, item, cause, "parked event failed again", again=wait is not None,
            parked_id=row["id"], attempts=attempts,
        )  # fmt: skip

    async def _release_one(self) -> bool:
        async with self._database.system() as connection:
            ready = await connection.fetchrow(_READY, self._consumer)
            if ready is None:
                return False
            stream = (ready["topic"], ready["key"])
            work = self._processor.open(connection, savepoints=True)
            await work.positions.lock([stream])
            if stream not in work.positions.parked:
                await work.drain(stream)
            await work.positions.store()
            return True
