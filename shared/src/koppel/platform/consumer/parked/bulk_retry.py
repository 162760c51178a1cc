"""Makes many parked events due at once, in batches, with one audit row.

There is no discard of many: each discard loses one effect for good, and that is decided event by event.
"""

from datetime import datetime
from uuid import UUID

from koppel.platform.audit import Audit
from koppel.platform.consumer.parked.selector import MATCHES, Selector
from koppel.platform.consumer.positions import Positions
from koppel.platform.database import Connection, Database

_BATCH = 200
"""Streams are locked for the length of so many row updates, milliseconds."""

_COUNT = f"select count(*) as number, now() as at from parked_event where {MATCHES}"
# What is parked while this runs is not part of the act, nor what failed again meanwhile: ids only rise.
_NEXT = f"""
select id, topic, key from parked_event
where {MATCHES} and parked_at <= $6 and ($7::uuid is null or id > $7) order by id limit $8
"""
_DUE_NOW = f"""
update parked_event set attempts = 0, next_attempt_at = now() where {MATCHES} and id = any($6) returning id
"""


class BulkRetry:
    """For one consumer's parked events."""

    def __init__(self, database: Database, consumer: str) -> None:
        self._database = database
        self._consumer = consumer

    async def retry(self, selector: Selector, *, actor: str, reason: str) -> list[UUID]:
        """Make them due with all attempts before them; returns which. Raises `Conflict` (see `CauseSelector`).

        The audit row comes with the first batch, so that nothing is made due without one, and says how
        many were meant; somebody may have dealt with some of them before their batch came.
        """
        arguments = selector.arguments(self._consumer)
        made_due: list[UUID] = []
        at: datetime | None = None
        after: UUID | None = None
        while True:
            async with self._database.system() as connection:
                if at is None:
                    at = await self._begin(connection, selector, arguments, actor=actor, reason=reason)
                if at is None:
                    return []
                ids = await self._batch(connection, arguments, at, after)
                if not ids:
                    return made_due
                made_due += await self._due(connection, arguments, ids)
                after = ids[-1]

    async def _begin(
        self,
        connection: Connection,
        selector: Selector,
        arguments: tuple[object, ...],
        *,
        actor: str,
        reason: str,
    ) -> datetime | None:
        row = await connection.fetchrow(_COUNT, *arguments)
        if row is None or not row["number"]:
            return None
        await Audit(connection).record(
            organisation_id=None,
            actor=actor,
            action="parked_events.retried",
            target=f"parked_event/{row['number']}/{selector}",
            reason=reason,
        )
        at: datetime = row["at"]
        return at

    async def _batch(
        self, connection: Connection, arguments: tuple[object, ...], at: datetime, after: UUID | None
    ) -> list[UUID]:
        """The next ids, with their streams locked. Positions first: all that write parked rows lock in this order."""
        rows = await connection.fetch(_NEXT, *arguments, at, after, _BATCH)
        positions = Positions(connection, self._consumer)
        await positions.lock({(row["topic"], row["key"]) for row in rows})
        return [row["id"] for row in rows]

    async def _due(
        self, connection: Connection, arguments: tuple[object, ...], ids: list[UUID]
    ) -> list[UUID]:
        return [row["id"] for row in await connection.fetch(_DUE_NOW, *arguments, ids)]
