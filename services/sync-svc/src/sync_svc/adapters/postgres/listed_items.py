"""Versions of listed items, and items to read again."""

from collections.abc import Mapping, Sequence

from koppel.platform.unit_of_work import Repository
from sync_svc.domain.listing import ListingProgress
from sync_svc.domain.run import Run

_CHANGED = """
select given.external_id
from unnest($3::text[], $4::text[]) with ordinality as given (external_id, version, place)
left join listed_version held
    on held.administration_id = $1 and held.listing = $2 and held.external_id = given.external_id
where held.version is distinct from given.version or held.fetch_again
order by given.place
"""
_PUT = """
insert into listed_version (administration_id, listing, organisation_id, external_id, version)
select $1::uuid, $2::text, $3::uuid, external_id, version from unnest($4::text[], $5::text[]) as given (external_id, version)
on conflict (administration_id, listing, external_id) do update
    set version = excluded.version, fetch_again = false
"""
_UNMOVED = """
select external_id from unnest($3::text[], $4::text[]) as given (external_id, version)
join listed_version held using (external_id, version)
where held.administration_id = $1 and held.listing = $2 and held.fetch_again
"""
_KEEP_ONLY = """
delete from listed_version
where administration_id = $1 and listing = $2 and external_id in (
    select external_id from listed_version where administration_id = $1 and listing = $2
    except select unnest($3::text[]))
"""
_FETCH_AGAIN = "update listed_version set fetch_again = true where administration_id = $1 and listing = $2"
# A listing that was never read whole reads all of it anyway.
_NOTE = """
insert into item_to_reread (administration_id, listing, organisation_id, external_id)
select $1::uuid, $2::text, $3::uuid, external_id from unnest($4::text[]) as given (external_id)
where exists (select from sync_cursor where administration_id = $1::uuid and listing = $2::text and watermark_kind is not null)
on conflict do nothing
"""
_SOME = """
select external_id from item_to_reread where administration_id = $1 and listing = $2 order by external_id limit $3
"""
_COUNT = "select count(*) from item_to_reread where administration_id = $1 and listing = $2"
_DONE = """
delete from item_to_reread
where administration_id = $1 and listing = $2 and ($3::text[] is null or external_id = any($3::text[]))
"""


class PostgresListedVersions(Repository):
    """Implements `ListedVersions` through the caller's transaction."""

    async def changed(self, run: Run, progress: ListingProgress, listed: Mapping[str, str]) -> list[str]:
        rows = await self._connection.fetch(
            _CHANGED, run.administration_id, progress.listing, list(listed), list(listed.values())
        )
        return [row["external_id"] for row in rows]

    async def put(self, run: Run, progress: ListingProgress, versions: Mapping[str, str]) -> None:
        await self._connection.execute(
            _PUT,
            run.administration_id,
            progress.listing,
            run.organisation_id,
            list(versions),
            list(versions.values()),
        )

    async def keep_only(self, run: Run, progress: ListingProgress, ids: Sequence[str]) -> None:
        await self._connection.execute(_KEEP_ONLY, run.administration_id, progress.listing, ids)

    async def fetch_again(self, run: Run, progress: ListingProgress) -> None:
        await self._connection.execute(_FETCH_AGAIN, run.administration_id, progress.listing)

    async def unmoved(
        self, run: Run, progress: ListingProgress, versions: Mapping[str, str]
    ) -> frozenset[str]:
        rows = await self._connection.fetch(
            _UNMOVED, run.administration_id, progress.listing, list(versions), list(versions.values())
        )
        return frozenset(row["external_id"] for row in rows)


class PostgresItemsToReread(Repository):
    """Implements `ItemsToReread` through the caller's transaction."""

    async def note(self, run: Run, listing: str, ids: Sequence[str]) -> None:
        await self._connection.execute(
            _NOTE, run.administration_id, listing, run.organisation_id, sorted(set(ids))
        )

    async def some(self, run: Run, listing: str, limit: int) -> list[str]:
        rows = await self._connection.fetch(_SOME, run.administration_id, listing, limit)
        return [row["external_id"] for row in rows]

    async def count(self, run: Run, listing: str) -> int:
        count: int = await self._connection.fetchval(_COUNT, run.administration_id, listing)
        return count

    async def done(self, run: Run, listing: str, ids: Sequence[str] | None = None) -> None:
        await self._connection.execute(_DONE, run.administration_id, listing, ids)
