"""Listings of runs and the cursors that outlive them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from koppel.contracts.values import Failure, ResourceName
from koppel.platform.unit_of_work import Repository
from sync_svc.domain.listing import ListingState, Reading
from sync_svc.domain.run import Run

_PLAN = """
insert into run_listing (run_id, organisation_id, position, resource, listing, state)
select $1, $2, ordinal, resource, listing, 'waiting'
from unnest($3::text[], $4::text[]) with ordinality as planned (resource, listing, ordinal)
"""
_OF_RUN = "select * from run_listing where run_id = $1 order by position"
_SAVE = """
update run_listing
set state = $3, changed_since = $4, server_time = $5, keeps_ids = $6, next_page = $7, at_end = $8, total = $9,
    expected = $10, fetched = $11, changed = $12, deleted = $13, unchanged = $14, failed = $15, failure = $16
where run_id = $1 and listing = $2
"""
_WATERMARK = "select watermark, total from sync_cursor where administration_id = $1 and listing = $2"
_MOVE = """
insert into sync_cursor as held (administration_id, listing, resource, organisation_id, watermark, total, run_id,
                                 moved_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (administration_id, listing) do update
    set watermark = coalesce(excluded.watermark, held.watermark),
        total = coalesce(excluded.total, held.total), run_id = excluded.run_id, moved_at = excluded.moved_at
"""


class PostgresReadings(Repository):
    """Implements `Readings` through the caller's transaction."""

    async def plan(self, run: Run, readings: Sequence[Reading]) -> None:
        await self._connection.execute(
            _PLAN,
            run.run_id,
            run.organisation_id,
            [reading.resource.value for reading in readings],
            [reading.listing for reading in readings],
        )

    async def of_run(self, run_id: UUID) -> list[Reading]:
        return [reading_from(row) for row in await self._connection.fetch(_OF_RUN, run_id)]

    async def save(self, run: Run, reading: Reading) -> None:
        await self._connection.execute(
            _SAVE,
            run.run_id,
            reading.listing,
            reading.state.value,
            reading.changed_since,
            reading.server_time,
            reading.keeps_ids,
            reading.next_page,
            reading.at_end,
            reading.total,
            reading.expected,
            reading.fetched,
            reading.changed,
            reading.deleted,
            reading.unchanged,
            reading.failed,
            None if reading.failure is None else reading.failure.model_dump(mode="json"),
        )

    async def watermark(self, administration_id: UUID, listing: str) -> tuple[datetime | None, int | None]:
        row = await self._connection.fetchrow(_WATERMARK, administration_id, listing)
        return (None, None) if row is None else (row["watermark"], row["total"])

    async def move_cursor(
        self, run: Run, reading: Reading, watermark: datetime | None, total: int | None, now: datetime
    ) -> None:
        await self._connection.execute(
            _MOVE,
            run.administration_id,
            reading.listing,
            reading.resource.value,
            run.organisation_id,
            watermark,
            total,
            run.run_id,
            now,
        )


def reading_from(row: asyncpg.Record) -> Reading:
    """A row of `run_listing`."""
    return Reading(
        resource=ResourceName(row["resource"]),
        listing=row["listing"],
        state=ListingState(row["state"]),
        changed_since=row["changed_since"],
        server_time=row["server_time"],
        keeps_ids=row["keeps_ids"],
        next_page=row["next_page"],
        at_end=row["at_end"],
        total=row["total"],
        expected=row["expected"],
        fetched=row["fetched"],
        changed=row["changed"],
        deleted=row["deleted"],
        unchanged=row["unchanged"],
        failed=row["failed"],
        failure=None if row["failure"] is None else Failure.model_validate(row["failure"]),
    )
