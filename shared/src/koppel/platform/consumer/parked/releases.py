"""Many parked events are tried again as one act: at once, or step by step, each larger and only when none of the one before
was parked again.

There is no discard of many: each discard loses one effect for good, and that is decided event by event.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg

from koppel.kernel.ids import new_id
from koppel.platform.audit import Audit
from koppel.platform.consumer.parked.release import end_of_step
from koppel.platform.consumer.parked.selector import MATCHES, Selector
from koppel.platform.consumer.positions import Positions
from koppel.platform.database import Connection, Database

MOST_AT_ONCE = 100_000
"""Events of one act."""
_BATCH = 200
"""Streams are locked for the length of so many row updates, milliseconds."""

_BEGIN = """
insert into parked_release (id, consumer, actor, reason, filter, rate, ladder, asked, state)
values ($1, $2, $3, $4, $5, $6, $7, 0, 'running')
"""
# What is parked later is not part of the act, nor tried twice by it when it fails again.
_PICK = f"""
insert into parked_release_event (release_id, place, parked_id)
select $6, row_number() over (order by id), id from parked_event where {MATCHES} order by id limit $7
"""
_ASKED = """
update parked_release set asked = (select count(*) from parked_release_event where release_id = $1)
where id = $1 returning asked
"""
_PICKED = "select parked_id from parked_release_event where release_id = $1"
_RUNNING = "select id from parked_release where consumer = $1 and state = 'running' order by id"
_LOCK = "select * from parked_release where id = $1 and state = 'running' for update"
_STEP = """
select count(*) filter (where outcome = 'parked_again') as parked_again,
       count(*) filter (where outcome is null and exists (
           select from parked_event parked where parked.id = event.parked_id)) as waiting
from parked_release_event event where release_id = $1 and place > $2 and place <= $3
"""
_NEXT = """
select event.place, parked.id, parked.topic, parked.key from parked_release_event event
join parked_event parked on parked.id = event.parked_id
where event.release_id = $1 and event.place > $2 and event.place <= $3 order by event.place
"""
_HAD_ITS_TURN = """
update parked_release_event set step = $4, released_at = now()
where release_id = $1 and place > $2 and place <= $3
"""
# By place, so that events of a stream keep their order where they come at a rate.
_DUE = """
update parked_event set attempts = 0, next_attempt_at = $3::timestamptz + turn.after
from unnest($1::uuid[], $2::interval[]) as turn (id, after) where parked_event.id = turn.id
"""
_RELEASED = """
update parked_release set released = $2, step_began_at = coalesce(step_began_at, now()) where id = $1 returning step_began_at
"""
_GO_ON = "update parked_release set step = step + 1, step_began_at = null where id = $1"
_END = "update parked_release set state = $2, ended_at = now() where id = $1"


class Releases:
    """For one consumer's parked events. Any number of processes may carry one out; each batch is one transaction."""

    def __init__(self, database: Database, consumer: str) -> None:
        self._database = database
        self._consumer = consumer

    async def begin(
        self,
        connection: Connection,
        selector: Selector,
        *,
        actor: str,
        reason: str,
        asked: Mapping[str, Any],
        limit: int = MOST_AT_ONCE,
        rate: int | None = None,
        ladder: Sequence[int] = (),
    ) -> UUID:
        """Pick the events, oldest first and at most `limit`, in the caller's transaction (system scope), with an audit row
        unless there are none. `asked` is kept as it was, `rate` is in events a second. Raises `Conflict` (see
        `CauseSelector`)."""
        arguments = selector.arguments(self._consumer)
        release_id = new_id()
        await connection.execute(_BEGIN, release_id, self._consumer, actor, reason, asked, rate, list(ladder))
        await connection.execute(_PICK, *arguments, release_id, limit)
        number = await connection.fetchval(_ASKED, release_id)
        if not number:
            await connection.execute(_END, release_id, "finished")
            return release_id
        await Audit(connection).record(
            organisation_id=None,
            actor=actor,
            action="parked_events.retried",
            target=f"parked_event/{number}/{selector}",
            reason=reason,
        )
        return release_id

    async def picked(self, connection: Connection, release_id: UUID) -> set[UUID]:
        """The ids of its events."""
        return {row["parked_id"] for row in await connection.fetch(_PICKED, release_id)}

    async def run_due(self) -> int:
        """Carry on all that can go on; returns in how many batches. Meant for a periodic job."""
        async with self._database.system() as connection:
            running = [row["id"] for row in await connection.fetch(_RUNNING, self._consumer)]
        return sum([await self.carry_on(each) for each in running])

    async def carry_on(self, release_id: UUID) -> int:
        """Make events due until a step has to be waited for, or it is over; returns in how many batches."""
        batches = 0
        while await self._advance(release_id):
            batches += 1
        return batches

    async def _advance(self, release_id: UUID) -> bool:
        """One batch or one step on, in a transaction; False when there is nothing to do now."""
        async with self._database.system() as connection:
            release = await connection.fetchrow(_LOCK, release_id)
            if release is None:
                return False
            ladder, asked = release["ladder"], release["asked"]
            begin, end = (end_of_step(ladder, release["step"] + shift, asked) for shift in (-1, 0))
            if release["released"] < end:
                await self._make_due(connection, release, begin, min(end, release["released"] + _BATCH))
                return True
            step = await connection.fetchrow(_STEP, release_id, begin, end)
            assert step is not None  # noqa: S101  (it counts: always one row)
            if step["waiting"]:
                return False
            if end < asked and not step["parked_again"]:
                await connection.execute(_GO_ON, release_id)
                return True
            await connection.execute(_END, release_id, "stopped" if end < asked else "finished")
            return False

    async def _make_due(
        self, connection: Connection, release: asyncpg.Record, begin: int, until: int
    ) -> None:
        """Positions are locked first: all that write parked rows lock in this order."""
        turn = (release["id"], release["released"], until)
        rows = await connection.fetch(_NEXT, *turn)
        positions = Positions(connection, self._consumer)
        await positions.lock({(row["topic"], row["key"]) for row in rows})
        await connection.execute(_HAD_ITS_TURN, *turn, release["step"])
        began_at = await connection.fetchval(_RELEASED, release["id"], until)
        waits = [_wait(release["rate"], row["place"] - begin - 1) for row in rows]
        await connection.execute(_DUE, [row["id"] for row in rows], waits, began_at)


def _wait(rate: int | None, place: int) -> timedelta:
    return timedelta(seconds=place / rate) if rate else timedelta(0)
