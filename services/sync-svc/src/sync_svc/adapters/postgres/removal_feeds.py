"""Positions in feeds of removals."""

from uuid import UUID

from koppel.platform.unit_of_work import Repository
from sync_svc.adapters.postgres.watermarks import columns_of, watermark_of
from sync_svc.domain.removal_feed import FeedPosition, FeedReading
from sync_svc.domain.run import Run

_POSITION = """
select watermark_kind, watermark_value, read_at from removal_feed where administration_id = $1 and feed = $2
"""
_MOVE = """
insert into removal_feed (administration_id, feed, organisation_id, watermark_kind, watermark_value, read_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (administration_id, feed) do update
    set watermark_kind = excluded.watermark_kind, watermark_value = excluded.watermark_value,
        read_at = excluded.read_at
"""
_READING = "select * from removal_reading where run_id = $1 and feed = $2"
_KEEP = """
insert into removal_reading (run_id, feed, organisation_id, continuation, pages, mark, high_kind, high_value, read_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (run_id, feed) do update
    set continuation = excluded.continuation, pages = excluded.pages, mark = excluded.mark,
        high_kind = excluded.high_kind, high_value = excluded.high_value, read_at = excluded.read_at
"""
_OVER = "delete from removal_reading where run_id = $1 and feed = $2"


class PostgresRemovalFeeds(Repository):
    """Implements `RemovalFeeds` through the caller's transaction."""

    async def position(self, administration_id: UUID, feed: str) -> FeedPosition | None:
        row = await self._connection.fetchrow(_POSITION, administration_id, feed)
        if row is None:
            return None
        return FeedPosition(watermark_of(row["watermark_kind"], row["watermark_value"], None), row["read_at"])

    async def reading(self, run: Run, feed: str) -> FeedReading | None:
        row = await self._connection.fetchrow(_READING, run.run_id, feed)
        if row is None:
            return None
        high = watermark_of(row["high_kind"], row["high_value"], None)
        return FeedReading(row["continuation"], row["pages"], row["mark"], high, row["read_at"])

    async def keep(self, run: Run, feed: str, reading: FeedReading) -> None:
        await self._connection.execute(
            _KEEP,
            run.run_id,
            feed,
            run.organisation_id,
            reading.continuation,
            reading.pages,
            reading.mark,
            *columns_of(reading.high),
            reading.read_at,
        )

    async def move(self, run: Run, feed: str, position: FeedPosition) -> None:
        kind, value = columns_of(position.watermark)
        await self._connection.execute(
            _MOVE, run.administration_id, feed, run.organisation_id, kind, value, position.read_at
        )
        await self._connection.execute(_OVER, run.run_id, feed)
