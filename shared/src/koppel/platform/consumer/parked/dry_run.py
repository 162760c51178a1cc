"""Dry run of parked events: their handlers run in transactions that are always rolled back.

Nothing remains: no row, no event, no wake-up of the relay, no position, no count in a metric. A handler's effects elsewhere would remain,
which is one more reason why handlers write through their connection only.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import asyncpg

from koppel.kernel.retry import RetryPolicy
from koppel.platform.consumer.parked.cause import FailureCause, cause_of
from koppel.platform.consumer.parked.locked import resolve, run_again
from koppel.platform.consumer.parked.selector import MATCHES, Selector
from koppel.platform.consumer.parked.store import record_from_row
from koppel.platform.consumer.processor import TRY_AGAIN, Processor, Work
from koppel.platform.consumer.subscriptions import Subscriptions
from koppel.platform.database import Connection, Database
from koppel.platform.outbox.newest import Stream
from koppel.platform.telemetry.metrics import metrics

FOLLOWERS = 100
"""At most so many held events are run behind a stream's candidates."""
# Shorter than PostgreSQL takes to look for a deadlock: of two who block each other it is the dry run that yields.
PATIENCE = "set local lock_timeout = '500ms'; set local statement_timeout = '10s'"

_PAGE = f"""
select id, topic, key from parked_event
where {MATCHES} and ($6::uuid is null or id > $6) order by id limit $7
"""
_CANDIDATES = 'select * from parked_event where id = any($1) order by version, "offset"'
_OTHERS = """
select cause_class, cause_code, cause_detail from parked_event
where consumer = $1 and topic = $2 and key = $3 and id <> all($4) and not apart order by version, "offset" limit 1
"""
_PARKED = "select id from parked_event where consumer = $1 and topic = $2 and key = $3"
_HELD = "select count(*) from held_event where consumer = $1 and topic = $2 and key = $3"

Outcome = Literal["passes", "fails", "busy"]


@dataclass(frozen=True, slots=True)
class DryRunResult:
    """What would become of one parked event.

    `cause` says why it fails, or why it could not be tried (`busy`: its rows are in use). `followers_passing`
    held events would be applied after it, as far as they were run; the first that fails is told by `then_parked`.
    """

    id: UUID
    topic: str
    key: str
    version: int | None
    type: str | None
    outcome: Outcome
    cause: FailureCause | None = None
    followers_passing: int = 0
    followers_held: int = 0
    then_parked: FailureCause | None = None


class _Undone(Exception):
    pass


class DryRun:
    """For one consumer's parked events."""

    def __init__(self, database: Database, subscriptions: Subscriptions, policy: RetryPolicy) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self._processor = Processor(database, subscriptions, policy)

    async def would_pass(
        self, selector: Selector, *, limit: int, after: UUID | None = None
    ) -> tuple[list[DryRunResult], UUID | None]:
        """Verdicts on up to `limit` of them in the order of their ids, and the id to go on after, if any.

        One transaction a stream. Raises `Conflict` (see `CauseSelector`).
        """
        arguments = selector.arguments(self._subscriptions.name)
        async with self._database.system() as connection:
            rows = await connection.fetch(_PAGE, *arguments, after, limit + 1)
        page = rows[:limit]
        streams: dict[Stream, list[UUID]] = {}
        for row in page:
            streams.setdefault((row["topic"], row["key"]), []).append(row["id"])
        verdicts: list[DryRunResult] = []
        for stream, ids in streams.items():
            verdicts += await self._try(stream, ids)
        verdicts.sort(key=lambda verdict: verdict.id)
        return verdicts, page[-1]["id"] if len(rows) > limit else None

    async def _try(self, stream: Stream, ids: Sequence[UUID]) -> list[DryRunResult]:
        verdicts: list[DryRunResult] = []
        rows: list[asyncpg.Record] = []
        try:
            with metrics.unrecorded():
                async with self._rolled_back() as connection:
                    work = self._processor.open(connection, savepoints=True, followers=FOLLOWERS)
                    await work.positions.look([stream])
                    rows = await connection.fetch(_CANDIDATES, ids)
                    verdicts = [await self._verdict(connection, work, row) for row in rows]
        except TRY_AGAIN as error:
            if not rows:
                raise
            cause = FailureCause("transient", "busy", f"It could not be tried now ({type(error).__name__}).")
            return [_told(row, "busy", cause) for row in rows]
        return verdicts

    @asynccontextmanager
    async def _rolled_back(self) -> AsyncIterator[Connection]:
        try:
            async with self._database.system() as connection:
                await connection.execute(PATIENCE)
                yield connection
                raise _Undone
        except _Undone:
            pass

    async def _verdict(self, connection: Connection, work: Work, row: asyncpg.Record) -> DryRunResult:
        place = (row["consumer"], row["topic"], row["key"])
        held = await connection.fetchval(_HELD, *place)
        if row["cause_class"] == "gap":
            return _told(row, "fails", _cause(row), followers_held=held)  # what it waits for is not here
        try:
            item = work.read(record_from_row(row))
            await run_again(item, work, connection, apart=row["apart"])
        except TRY_AGAIN:
            raise
        except Exception as error:  # noqa: BLE001  (any exception of the handler is the answer)
            return _told(row, "fails", cause_of(error), followers_held=held)
        known = [each["id"] for each in await connection.fetch(_PARKED, *place)]
        await resolve(connection, work, row, item)
        next_one = await connection.fetchrow(_OTHERS, *place, known)
        left = await connection.fetchval(_HELD, *place)
        return _told(
            row,
            "passes",
            None,
            followers_passing=held - left - (next_one is not None),
            followers_held=held,
            then_parked=None if next_one is None else _cause(next_one),
        )


def _told(
    row: asyncpg.Record,
    outcome: Outcome,
    cause: FailureCause | None,
    *,
    followers_passing: int = 0,
    followers_held: int = 0,
    then_parked: FailureCause | None = None,
) -> DryRunResult:
    return DryRunResult(
        id=row["id"],
        topic=row["topic"],
        key=row["key"],
        version=row["version"],
        type=row["type"],
        outcome=outcome,
        cause=cause,
        followers_passing=followers_passing,
        followers_held=followers_held,
        then_parked=then_parked,
    )


def _cause(row: asyncpg.Record) -> FailureCause:
    return FailureCause(row["cause_class"], row["cause_code"], row["cause_detail"])
