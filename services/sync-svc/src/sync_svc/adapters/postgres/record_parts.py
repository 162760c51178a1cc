"""Parts of records."""

from collections.abc import Mapping, Sequence
from importlib.resources import files

from koppel.platform.unit_of_work import Repository
from koppel.providers.listed_records import ProviderRecord
from sync_svc.adapters.postgres.bodies import PART_BODIES, part_bodies_of, raw_column
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.record import Gone
from sync_svc.domain.record_parts import TouchedPart
from sync_svc.domain.run import Run

_STORE = files(__package__).joinpath("store_parts.sql").read_text(encoding="utf-8")
_MARK_MISSING = """
with missed as (
    update record_part set missed = missed + 1
    where administration_id = $2 and listing = $3 and part_id = any($4::text[]) and missed + 1 < $5
), removed as (
    delete from record_part
    where administration_id = $2 and listing = $3 and part_id = any($4::text[]) and missed + 1 >= $5
    returning record_id, raw
), touched as (
    insert into unfinished_record (organisation_id, administration_id, listing, record_id)
    select distinct $1::uuid, $2::uuid, $3, record_id from removed on conflict do nothing
)
select record_id, raw::text as raw from removed
"""
_EXIST = "select exists (select from record_part where administration_id = $1 and listing = $2)"
_LIVE = "select count(*) from record_part where administration_id = $1 and listing = $2"
_GONE = """
select part_id from record_part where administration_id = $1 and listing = $2
except
select unnest(external_ids) from listing_page where run_id = $3 and listing = $2
except
select item.external_id from held_record item join held_deletion held using (held_deletion_id)
where item.administration_id = $1 and item.listing = $2 and held.state <> 'open'
"""
_UNFINISHED = f"""
select waiting.record_id, {PART_BODIES}
from (select record_id from unfinished_record where administration_id = $1 and listing = $2
      order by record_id limit $3) as waiting
left join record_part part
    on part.administration_id = $1 and part.listing = $2 and part.record_id = waiting.record_id
group by waiting.record_id
"""
_FINISH = """
delete from unfinished_record where administration_id = $1 and listing = $2 and record_id = any($3::text[])
"""


class PostgresRecordParts(Repository):
    """Implements `RecordParts` through the caller's transaction."""

    async def store(
        self, run: Run, progress: ListingProgress, parts: Sequence[ProviderRecord]
    ) -> list[TouchedPart]:
        rows = await self._connection.fetch(
            _STORE,
            run.organisation_id,
            run.administration_id,
            progress.listing,
            [part.external_id for part in parts],
            [part.part_of for part in parts],
            [part.digest for part in parts],
            raw_column(parts),
        )
        stored = {row["part_id"] for row in rows}
        return [TouchedPart(part.part_of or "", part.raw) for part in parts if part.external_id in stored]

    async def mark_missing(
        self, run: Run, progress: ListingProgress, part_ids: Sequence[str], misses_that_delete: int
    ) -> list[TouchedPart]:
        place = (run.organisation_id, run.administration_id, progress.listing)
        rows = await self._connection.fetch(_MARK_MISSING, *place, part_ids, misses_that_delete)
        return [TouchedPart(row["record_id"], row["raw"]) for row in rows]

    async def exist(self, run: Run, progress: ListingProgress) -> bool:
        found: bool = await self._connection.fetchval(_EXIST, run.administration_id, progress.listing)
        return found

    async def gone(self, run: Run, progress: ListingProgress) -> Gone:
        rows = await self._connection.fetch(_GONE, run.administration_id, progress.listing, run.run_id)
        live: int = await self._connection.fetchval(_LIVE, run.administration_id, progress.listing)
        return Gone([row["part_id"] for row in rows], live, live)

    async def unfinished(
        self, run: Run, progress: ListingProgress, limit: int
    ) -> Mapping[str, Sequence[str]]:
        rows = await self._connection.fetch(_UNFINISHED, run.administration_id, progress.listing, limit)
        return {row["record_id"]: part_bodies_of(row) for row in rows}

    async def finish(self, run: Run, progress: ListingProgress, record_ids: Sequence[str]) -> None:
        await self._connection.execute(_FINISH, run.administration_id, progress.listing, record_ids)
