"""Events of a replay that are parked here: the replayed copy serves as their retry."""

from collections.abc import Iterable

import asyncpg

from koppel.platform.consumer.attempt import attempt
from koppel.platform.consumer.decision import Decision, carries_state
from koppel.platform.consumer.decode import DecodedRecord
from koppel.platform.consumer.parked.cause import VersionConflict, cause_of
from koppel.platform.consumer.parked.locked import resolve, superseded
from koppel.platform.consumer.parked.store import line_of
from koppel.platform.consumer.processor import TRY_AGAIN, Work
from koppel.platform.consumer.stored_text import storable
from koppel.platform.database import Connection

_ROWS = """
select parked_event.* from parked_event
join unnest($2::text[], $3::text[], $4::bigint[]) as wanted (topic, key, version) using (topic, key, version)
where consumer = $1 and cause_class <> 'gap'
order by id for update of parked_event
"""
_FAILED_AGAIN = """
update parked_event
set attempts = attempts + 1, cause_class = $2, cause_code = $3, cause_detail = $4,
    attempt_errors = with_attempt(attempt_errors, $2, $3, $4)
where id = $1
"""


class ParkedCopies:
    """The parked events of one batch's streams; their positions are held by the caller."""

    def __init__(self, connection: Connection, consumer: str) -> None:
        self._connection = connection
        self._consumer = consumer
        self._rows: dict[tuple[str, str, int], list[asyncpg.Record]] = {}

    async def load(self, work: Work, batch: Iterable[DecodedRecord]) -> None:
        waiting = work.positions.parked | work.positions.apart
        wanted = [item for item in batch if item.version is not None and item.stream in waiting]
        if not wanted:
            return
        rows = await self._connection.fetch(
            _ROWS,
            self._consumer,
            [item.raw.topic for item in wanted],
            [item.key for item in wanted],
            [item.version for item in wanted],
        )
        for row in rows:
            self._rows.setdefault((row["topic"], row["key"], row["version"]), []).append(row)

    async def retry(self, work: Work, item: DecodedRecord) -> Decision | None:
        """Try the copy in place of the parked event; None when the event is not parked.

        Success resolves the parked event: its followers are applied. Failure leaves it parked. Of those that were set
        apart only the event itself is retried: what else claimed its version waits for an operator.
        """
        version = item.version
        found = [] if version is None else self._rows.pop((*item.stream, version), [])
        rows = [row for row in found if not row["apart"] or _is(row, item)]
        if version is None or not rows:
            return None
        if version > work.positions.version(item.stream) + 1 and not carries_state(item.raw.topic):
            return Decision.HOLD
        await work.finish_run()
        try:
            done = superseded(item, work, apart=any(row["apart"] for row in rows))
        except VersionConflict:
            return Decision.PARK
        if not done and not await self._passes(work, item, rows):
            return Decision.PARK
        for row in rows:
            await resolve(self._connection, work, row, item)
        return Decision.SKIP if done else Decision.APPLY

    async def _passes(self, work: Work, item: DecodedRecord, rows: list[asyncpg.Record]) -> bool:
        try:
            if item.fault is not None:
                raise item.fault
            if item.subscription is not None:
                await attempt(item.subscription, work.event(item), self._connection, work.changes)
        except TRY_AGAIN:
            raise
        except Exception as error:  # noqa: BLE001  (the line is written on commit, with the stack)
            cause = cause_of(error)
            line_of(self._consumer, item, cause, "parked event failed again", again=False)
            for row in rows:
                await self._connection.execute(
                    _FAILED_AGAIN, row["id"], cause.kind, cause.code, cause.detail.replace("\x00", "\\0")
                )
            return False
        return True


def _is(row: asyncpg.Record, item: DecodedRecord) -> bool:
    """Whether the parked event is the one that came; both are of the topic's owner."""
    return item.envelope is not None and row["event_id"] == storable(item.envelope.id)
