"""Records, written a page at a time in few statements; unchanged ones are read by id and digest, not written."""

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from uuid import UUID

from koppel.contracts.record import RecordChanged, RecordDeleted
from koppel.contracts.topics import RECORD
from koppel.kernel.cause import Cause
from koppel.platform.database import Connection, note_append
from koppel.platform.unit_of_work import Repository
from koppel.providers.listed_records import ProviderRecord
from sync_svc.adapters.postgres.bodies import data_column, raw_column
from sync_svc.adapters.postgres.record_events import changed_json, deleted_json
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.record import Applied, Gone
from sync_svc.domain.run import Run

_STORE = files(__package__).joinpath("store_page.sql").read_text(encoding="utf-8")
_MARK_MISSING = files(__package__).joinpath("mark_missing.sql").read_text(encoding="utf-8")
_KNOWN = """
select external_id, digest, deleted, missed from record
where administration_id = $1 and resource = $2 and external_id = any($3::text[])
"""
_SEEN_AGAIN = """
update record set missed = 0 where administration_id = $1 and resource = $2 and external_id = any($3::text[])
"""
_EXISTS = """
select exists (select from record
               where administration_id = $1 and resource = $2 and listing = $3 and not deleted)
"""
_LIVE = """
select count(*) from record where administration_id = $1 and resource = $2 and listing = $3 and not deleted
"""
_LIVE_AND_BEFORE = """
select count(*) as live, count(*) filter (where revision > 1 or changed_at < $4) as before from record
where administration_id = $1 and resource = $2 and listing = $3 and not deleted
"""
_KEEP_IDS = """
insert into listing_page (run_id, listing, page, organisation_id, external_ids) values ($1, $2, $3, $4, $5)
"""
_DISTINCT = """
select count(distinct external_id) from listing_page, unnest(external_ids) as external_id
where run_id = $1 and listing = $2
"""
_GONE = """
select external_id from record
where administration_id = $1 and resource = $2 and listing = $3 and not deleted
except
select unnest(external_ids) from listing_page where run_id = $4 and listing = $3
except
select item.external_id from held_record item join held_deletion held using (held_deletion_id)
where item.administration_id = $1 and item.listing = $3 and held.state <> 'open'
"""
_FORGET_IDS = "delete from listing_page where run_id = $1 and listing = coalesce($2, listing)"


class PostgresRecords(Repository):
    """Implements `Records` through the caller's transaction."""

    def __init__(
        self, connection: Connection, organisation_id: UUID | None, cause: Cause, now: datetime
    ) -> None:
        super().__init__(connection, organisation_id)
        self._cause = cause
        self._now = now

    async def store(self, run: Run, progress: ListingProgress, records: Sequence[ProviderRecord]) -> Applied:
        different, seen_again = await self._sort(run, progress, records)
        if seen_again:
            await self._connection.execute(_SEEN_AGAIN, run.administration_id, progress.resource, seen_again)
        if different:
            note_append(self._connection, {RecordChanged.type_name(): len(different)})
            await self._write(run, progress, different)
        return Applied(
            changed=len(different),
            unchanged=len(records) - len(different),
            deleted=0,
            different=different,
        )

    async def exist(self, run: Run, progress: ListingProgress) -> bool:
        found: bool = await self._connection.fetchval(_EXISTS, *_place(run, progress))
        return found

    async def keep_ids(self, run: Run, progress: ListingProgress, page: int, ids: Sequence[str]) -> None:
        await self._connection.execute(
            _KEEP_IDS, run.run_id, progress.listing, page, run.organisation_id, ids
        )

    async def distinct_ids(self, run: Run, progress: ListingProgress) -> int:
        """Where ids were not kept the listing was empty before, so what is there now is what was seen."""
        if progress.keeps_ids:
            kept: int = await self._connection.fetchval(_DISTINCT, run.run_id, progress.listing)
            return kept
        live: int = await self._connection.fetchval(_LIVE, *_place(run, progress))
        return live

    async def gone(self, run: Run, progress: ListingProgress) -> Gone:
        rows = await self._connection.fetch(_GONE, *_place(run, progress), run.run_id)
        [counts] = await self._connection.fetch(_LIVE_AND_BEFORE, *_place(run, progress), run.started_at)
        return Gone([row["external_id"] for row in rows], counts["live"], counts["before"])

    async def mark_missing(
        self, run: Run, progress: ListingProgress, ids: Sequence[str], misses_that_delete: int
    ) -> int:
        deleted: int = await self._connection.fetchval(
            _MARK_MISSING,
            run.organisation_id,
            run.administration_id,
            progress.resource,
            ids,
            progress.listing,
            *deleted_json(run, progress, self._now),
            misses_that_delete,
            self._now,
            RECORD.name,
            RecordDeleted.type_name(),
            *self._origin,
        )
        if deleted:
            note_append(self._connection, {RecordDeleted.type_name(): deleted})
        return deleted

    async def forget_ids(self, run: Run, progress: ListingProgress | None = None) -> None:
        listing = None if progress is None else progress.listing
        await self._connection.execute(_FORGET_IDS, run.run_id, listing)

    async def _sort(
        self, run: Run, progress: ListingProgress, records: Sequence[ProviderRecord]
    ) -> tuple[list[ProviderRecord], list[str]]:
        """Those to write, and the ids of unchanged ones that a listing had missed."""
        ids = [record.external_id for record in records]
        rows = await self._connection.fetch(_KNOWN, run.administration_id, progress.resource, ids)
        known = {row["external_id"]: row["digest"] for row in rows if not row["deleted"]}
        missed = {row["external_id"] for row in rows if row["missed"] and not row["deleted"]}
        different = [record for record in records if known.get(record.external_id) != record.digest]
        return different, sorted(missed.difference(record.external_id for record in different))

    async def _write(self, run: Run, progress: ListingProgress, records: Sequence[ProviderRecord]) -> None:
        await self._connection.fetchval(
            _STORE,
            run.organisation_id,
            run.administration_id,
            progress.resource,
            progress.listing,
            [record.external_id for record in records],
            [record.digest for record in records],
            data_column(records),
            raw_column(records),
            *changed_json(run, progress, self._now),
            self._now,
            RECORD.name,
            RecordChanged.type_name(),
            *self._origin,
        )

    @property
    def _origin(self) -> tuple[object, object, object]:
        return self._cause.correlation_id, self._cause.causation_id, self._cause.traceparent


def _place(run: Run, progress: ListingProgress) -> tuple[object, str, str]:
    return run.administration_id, progress.resource, progress.listing
