"""Deletions that the guard held, and the ids that they hold."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from koppel.contracts.values import ResourceName
from koppel.kernel.ids import new_id
from koppel.platform.unit_of_work import Repository
from sync_svc.domain.held_deletion import Evidence, HeldDeletion, HeldState
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.run import Run

_HOLD = """
insert into held_deletion (held_deletion_id, organisation_id, administration_id, resource, listing, state, run_id,
                           held_at, renewed_at, pages, listed, known, vanished, examples)
values ($1, $2, $3, $4, $5, 'open', $6, now(), now(), $7, $8, $9, $10, $11)
on conflict (administration_id, listing) where state = 'open' do update
    set run_id = excluded.run_id, renewed_at = excluded.renewed_at, pages = excluded.pages,
        listed = excluded.listed, known = excluded.known, vanished = excluded.vanished, examples = excluded.examples
returning held_deletion_id
"""
_KEEP_ONLY = """
delete from held_record
where held_deletion_id = $1
  and not exists (select from unnest($2::text[]) as gone (id) where gone.id = held_record.external_id)
"""
_KEEP = """
insert into held_record (administration_id, listing, external_id, organisation_id, held_deletion_id)
select $3, $4, gone.id, $2, $1 from unnest($5::text[]) as gone (id) on conflict do nothing
"""
_OPEN_IDS = """
select item.external_id from held_record item join held_deletion held using (held_deletion_id)
where item.administration_id = $1 and item.listing = $2 and held.state = 'open'
"""
_DROP_OPEN = """
with dropped as (
    delete from held_deletion where administration_id = $1 and listing = $2 and state = 'open'
    returning held_deletion_id
)
delete from held_record using dropped where held_record.held_deletion_id = dropped.held_deletion_id
"""
_DROP_ALL = """
with dropped as (
    delete from held_deletion where administration_id = $1 and state = 'open' returning held_deletion_id
)
delete from held_record using dropped where held_record.held_deletion_id = dropped.held_deletion_id
"""
_LISTINGS = "select distinct listing from held_record where administration_id = $1"
_SEEN = (
    "delete from held_record where administration_id = $1 and listing = $2 and external_id = any($3::text[])"
)
_SEEN_BY_READING = """
delete from held_record
where administration_id = $1 and listing = $2
  and external_id in (select unnest(external_ids) from listing_page where run_id = $3 and listing = $2)
"""
HELD_COLUMNS = """
held.*, coalesce(held.count, (select count(*) from held_record item
                              where item.held_deletion_id = held.held_deletion_id))::int as held_now
"""
_LOCK = f"select {HELD_COLUMNS} from held_deletion held where held_deletion_id = $1 for update"
_OPEN_COUNT = "select count(*) from held_deletion where state = 'open'"
_DECIDE = """
update held_deletion set state = $2, count = $3, decided_by = $4, decided_at = $5, reason = $6
where held_deletion_id = $1
"""
_RELEASED = f"""
select {HELD_COLUMNS} from held_deletion held
where state = 'released' and deleted_at is null order by decided_at limit 1 for update skip locked
"""
_ITEMS = """
select external_id from held_record where held_deletion_id = $1 order by external_id limit $2 for update
"""
_DELETED = "delete from held_record where held_deletion_id = $1 and external_id = any($2::text[])"
_DONE = "update held_deletion set deleted_at = $2 where held_deletion_id = $1"


class PostgresHeldDeletions(Repository):
    """Implements `HeldDeletions`."""

    async def hold(
        self, run: Run, progress: ListingProgress, vanished: Sequence[str], evidence: Evidence
    ) -> None:
        held_deletion_id = await self._connection.fetchval(
            _HOLD,
            new_id(),
            run.organisation_id,
            run.administration_id,
            progress.resource.value,
            progress.listing,
            run.run_id,
            evidence.pages,
            evidence.listed,
            evidence.known,
            evidence.vanished,
            list(evidence.examples),
        )
        place = (run.organisation_id, run.administration_id, progress.listing)
        await self._connection.execute(_KEEP_ONLY, held_deletion_id, vanished)
        await self._connection.execute(_KEEP, held_deletion_id, *place, vanished)

    async def open_ids(self, run: Run, progress: ListingProgress) -> frozenset[str]:
        rows = await self._connection.fetch(_OPEN_IDS, run.administration_id, progress.listing)
        return frozenset(row["external_id"] for row in rows)

    async def drop_open(self, run: Run, progress: ListingProgress) -> None:
        await self._connection.execute(_DROP_OPEN, run.administration_id, progress.listing)

    async def drop_all(self, administration_id: UUID) -> None:
        await self._connection.execute(_DROP_ALL, administration_id)

    async def listings_held(self, administration_id: UUID) -> frozenset[str]:
        rows = await self._connection.fetch(_LISTINGS, administration_id)
        return frozenset(row["listing"] for row in rows)

    async def seen(self, run: Run, progress: ListingProgress, ids: Sequence[str]) -> None:
        await self._connection.execute(_SEEN, run.administration_id, progress.listing, ids)

    async def seen_by_reading(self, run: Run, progress: ListingProgress) -> None:
        await self._connection.execute(_SEEN_BY_READING, run.administration_id, progress.listing, run.run_id)

    async def open_count(self) -> int:
        count: int = await self._connection.fetchval(_OPEN_COUNT)
        return count

    async def lock(self, held_deletion_id: UUID) -> HeldDeletion | None:
        row = await self._connection.fetchrow(_LOCK, held_deletion_id)
        return None if row is None else held_from(row)

    async def decide(self, held: HeldDeletion) -> None:
        await self._connection.execute(
            _DECIDE,
            held.held_deletion_id,
            held.state.value,
            held.count,
            held.decided_by,
            held.decided_at,
            held.reason,
        )

    async def released(self, limit: int) -> tuple[HeldDeletion, Sequence[str]] | None:
        row = await self._connection.fetchrow(_RELEASED)
        if row is None:
            return None
        items = await self._connection.fetch(_ITEMS, row["held_deletion_id"], limit)
        return held_from(row), [item["external_id"] for item in items]

    async def deleted(self, held: HeldDeletion, ids: Sequence[str], at: datetime | None) -> None:
        await self._connection.execute(_DELETED, held.held_deletion_id, ids)
        if at is not None:
            await self._connection.execute(_DONE, held.held_deletion_id, at)


def held_from(row: asyncpg.Record) -> HeldDeletion:
    """A row of `HELD_COLUMNS`."""
    return HeldDeletion(
        held_deletion_id=row["held_deletion_id"],
        organisation_id=row["organisation_id"],
        administration_id=row["administration_id"],
        resource=ResourceName(row["resource"]),
        listing=row["listing"],
        state=HeldState(row["state"]),
        run_id=row["run_id"],
        held_at=row["held_at"],
        renewed_at=row["renewed_at"],
        count=row["held_now"],
        evidence=Evidence(
            pages=row["pages"],
            listed=row["listed"],
            known=row["known"],
            vanished=row["vanished"],
            examples=tuple(row["examples"]),
        ),
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        reason=row["reason"],
    )
