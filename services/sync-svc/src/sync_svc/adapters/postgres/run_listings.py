"""Listings of runs and the cursors that outlive them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from koppel.contracts.values import Failure, ResourceName
from koppel.platform.unit_of_work import Repository
from sync_svc.domain.listing import ListingProgress, ListingState
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


class PostgresRunListings(Repository):
    """Implements `RunListings` through the caller's transaction."""

    async def plan(self, run: Run, listings: Sequence[ListingProgress]) -> None:
        await self._connection.execute(
            _PLAN,
            run.run_id,
            run.organisation_id,
            [progress.resource.value for progress in listings],
            [progress.listing for progress in listings],
        )

    async def of_run(self, run_id: UUID) -> list[ListingProgress]:
        return [progress_from(row) for row in await self._connection.fetch(_OF_RUN, run_id)]

    async def save(self, run: Run, progress: ListingProgress) -> None:
        await self._connection.execute(
            _SAVE,
            run.run_id,
            progress.listing,
            progress.state.value,
            progress.changed_since,
            progress.server_time,
            progress.keeps_ids,
            progress.next_page,
            progress.at_end,
            progress.total,
            progress.expected,
            progress.fetched,
            progress.changed,
            progress.deleted,
            progress.unchanged,
            progress.failed,
            None if progress.failure is None else progress.failure.model_dump(mode="json"),
        )

    async def watermark(self, administration_id: UUID, listing: str) -> tuple[datetime | None, int | None]:
        row = await self._connection.fetchrow(_WATERMARK, administration_id, listing)
        return (None, None) if row is None else (row["watermark"], row["total"])

    async def move_cursor(
        self,
        run: Run,
        progress: ListingProgress,
        watermark: datetime | None,
        total: int | None,
        now: datetime,
    ) -> None:
        await self._connection.execute(
            _MOVE,
            run.administration_id,
            progress.listing,
            progress.resource.value,
            run.organisation_id,
            watermark,
            total,
            run.run_id,
            now,
        )


def progress_from(row: asyncpg.Record) -> ListingProgress:
    """A row of `run_listing`."""
    return ListingProgress(
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
