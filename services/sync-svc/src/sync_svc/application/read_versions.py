"""A listing read by its versions: what is new or has another version is fetched by ids, batch by batch.

The version is kept with each batch, so a successor that asks for the list again fetches only what is left.
"""

from dataclasses import replace

from koppel.contracts.values import SyncMode
from koppel.providers.listing import Listing
from koppel.providers.reading import Versions
from sync_svc.application.apply_page import apply_page
from sync_svc.application.performance import Performance
from sync_svc.domain.listing import ListingState


async def read_versions(performance: Performance, listing: Listing, cursor: Versions) -> None:
    """Read and apply what is left of the listing. Raises `ProviderFailure`, `CancelRequested` and `TurnOver`."""
    listed = dict(await performance.fetcher.versions(listing))
    changed = await _compare(performance, listing, listed)
    for start in range(0, len(changed), cursor.batch):
        batch = changed[start : start + cursor.batch]
        page = replace(await performance.fetcher.by_ids(listing, batch), total=None)
        came = {record.external_id for record in page.records}
        # An item that came broken has no id to tell it by; it is not asked again until it changes.
        fetched = batch if page.broken else [each for each in batch if each in came]
        async with performance.leased.begin() as tx:
            run, progress = performance.work.run, performance.of(listing)
            versions = {each: listed[each] for each in fetched}
            unmoved = await tx.listed_versions.unmoved(run, progress, versions)
            performance.run_progress = await apply_page(
                tx, performance.run_progress, listing, page, at_end=False, unmoved=unmoved
            )
            await tx.listed_versions.put(run, progress, versions)
        performance.turn.move()
        performance.stop_if_asked()
        await performance.give_way()


async def _compare(performance: Performance, listing: Listing, listed: dict[str, str]) -> list[str]:
    """The ids to fetch; those of the whole list are kept, to find what is gone."""
    async with performance.leased.begin() as tx:
        run, progress = performance.work.run, performance.of(listing)
        if progress.state is ListingState.WAITING and run.mode is SyncMode.FULL:
            await tx.listed_versions.fetch_again(run, progress)
        changed = await tx.listed_versions.changed(run, progress, listed)
        await tx.listed_versions.keep_only(run, progress, list(listed))
        await tx.records.forget_ids(run, progress)
        await tx.records.keep_ids(run, progress, 0, list(listed))
        begun = replace(
            progress, state=ListingState.RUNNING, keeps_ids=True, total=progress.fetched + len(changed)
        )
        await tx.run_listings.save(run, begun)
        performance.run_progress = performance.run_progress.moved(begun)
    return changed
