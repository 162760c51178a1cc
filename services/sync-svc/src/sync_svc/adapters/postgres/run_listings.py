"""Listings of runs and the cursors that outlive them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from uuid import UUID

import asyncpg

from koppel.contracts.values import Failure, ResourceName
from koppel.platform.unit_of_work import Repository
from koppel.providers.reading import Watermark
from sync_svc.adapters.postgres.watermarks import OVERLAP_BEFORE, columns_of, instant_of, watermark_of
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
    expected = $10, fetched = $11, changed = $12, deleted = $13, unchanged = $14, failed = $15, failure = $16,
    since_kind = $17, since_value = $18, high_kind = $19, high_value = $20, continuation = $21, continuation_page = $7,
    mark = $22, known_kind = $23, known_value = $24, missed = $25, overlap_seconds = $26
where run_id = $1 and listing = $2
"""
_WATERMARK = """
select watermark, watermark_kind, watermark_value, total from sync_cursor
where administration_id = $1 and listing = $2
"""
_OVERLAP = "select overlap_seconds from sync_cursor where administration_id = $1 and listing = $2"
_SET_OVERLAP = "update sync_cursor set overlap_seconds = $3 where administration_id = $1 and listing = $2"
_OTHERS_LACK = files(__package__).joinpath("others_lack.sql").read_text(encoding="utf-8")
_FORGET = """
update sync_cursor set watermark = null, watermark_kind = null, watermark_value = null
where administration_id = $1 and listing = any($2::text[])
"""
_MOVE = """
insert into sync_cursor as held (administration_id, listing, resource, organisation_id, watermark, total, run_id,
                                 moved_at, watermark_kind, watermark_value)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (administration_id, listing) do update
    set watermark = coalesce(excluded.watermark, held.watermark),
        watermark_kind = coalesce(excluded.watermark_kind, held.watermark_kind),
        watermark_value = coalesce(excluded.watermark_value, held.watermark_value),
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
        since = instant_of(progress.since)
        await self._connection.execute(
            _SAVE,
            run.run_id,
            progress.listing,
            progress.state.value,
            None if since is None else since - OVERLAP_BEFORE,
            instant_of(progress.high),
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
            *columns_of(progress.since),
            *columns_of(progress.high),
            progress.continuation,
            progress.mark,
            *columns_of(progress.known),
            progress.missed,
            None if progress.overlap is None else int(progress.overlap.total_seconds()),
        )

    async def watermark(self, administration_id: UUID, listing: str) -> tuple[Watermark | None, int | None]:
        row = await self._connection.fetchrow(_WATERMARK, administration_id, listing)
        if row is None:
            return None, None
        held = watermark_of(row["watermark_kind"], row["watermark_value"], row["watermark"])
        return held, row["total"]

    async def overlap(self, administration_id: UUID, listing: str) -> timedelta:
        seconds: int | None = await self._connection.fetchval(_OVERLAP, administration_id, listing)
        return timedelta(seconds=seconds or 0)

    async def set_overlap(self, administration_id: UUID, listing: str, overlap: timedelta) -> None:
        seconds = int(overlap.total_seconds())
        await self._connection.execute(_SET_OVERLAP, administration_id, listing, seconds)

    async def others_lack(self, run: Run, progress: ListingProgress) -> bool:
        found: bool = await self._connection.fetchval(
            _OTHERS_LACK, run.administration_id, progress.listing, run.run_id
        )
        return found

    async def forget_watermarks(self, administration_id: UUID, listings: Sequence[str]) -> None:
        await self._connection.execute(_FORGET, administration_id, listings)

    async def move_cursor(
        self,
        run: Run,
        progress: ListingProgress,
        watermark: Watermark | None,
        total: int | None,
        now: datetime,
    ) -> None:
        await self._connection.execute(
            _MOVE,
            run.administration_id,
            progress.listing,
            progress.resource.value,
            run.organisation_id,
            instant_of(watermark),
            total,
            run.run_id,
            now,
            *columns_of(watermark),
        )


def progress_from(row: asyncpg.Record) -> ListingProgress:
    """A row of `run_listing`."""
    filtered_from = row["changed_since"]
    since = None if filtered_from is None else filtered_from + OVERLAP_BEFORE
    return ListingProgress(
        resource=ResourceName(row["resource"]),
        listing=row["listing"],
        state=ListingState(row["state"]),
        since=watermark_of(row["since_kind"], row["since_value"], since),
        high=watermark_of(row["high_kind"], row["high_value"], row["server_time"]),
        keeps_ids=row["keeps_ids"],
        next_page=row["next_page"],
        continuation=_continuation(row),
        mark=row["mark"],
        at_end=row["at_end"],
        total=row["total"],
        expected=row["expected"],
        fetched=row["fetched"],
        changed=row["changed"],
        deleted=row["deleted"],
        unchanged=row["unchanged"],
        failed=row["failed"],
        known=watermark_of(row["known_kind"], row["known_value"], None),
        missed=row["missed"],
        overlap=None if row["overlap_seconds"] is None else timedelta(seconds=row["overlap_seconds"]),
        failure=None if row["failure"] is None else Failure.model_validate(row["failure"]),
    )


def _continuation(row: asyncpg.Record) -> str | None:
    next_page: int = row["next_page"]
    if row["continuation_page"] == next_page:
        continuation: str | None = row["continuation"]
        return continuation
    # A process of the release before read on, or began.
    return None if next_page == 1 else str(next_page)
