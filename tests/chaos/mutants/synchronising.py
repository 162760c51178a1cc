"""Seeded bugs of reading a provider: what is gone, up to where it was read, and where to go on."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from tests.chaos.mutants.catalogue import changed, mutant

from koppel.contracts.values import SyncMode
from koppel.providers.parts import put_together
from koppel.providers.reading import Watermark, WatermarkKind
from sync_svc.adapters.postgres import records as records_module
from sync_svc.adapters.postgres.held_deletions import PostgresHeldDeletions
from sync_svc.adapters.postgres.run_listings import PostgresRunListings
from sync_svc.application import apply_page as apply_module
from sync_svc.application import end_listing, finish_records, read_pages, read_removals
from sync_svc.application.apply_page import apply_page
from sync_svc.domain import policy as policy_module
from sync_svc.domain import removal
from sync_svc.domain.policy import Policy, SweepRhythm
from sync_svc.domain.removal import of_feed


@mutant("listing that lacks what it announced deletes nothing", "deleted without proof")
def deletes_on_an_incomplete_listing() -> Iterator[None]:
    with patch.object(end_listing, "is_complete", lambda *, filtered, **_: not filtered):
        yield


@mutant("record that one listing lacks stays", "deleted without proof")
def one_miss_deletes() -> Iterator[None]:
    with patch.object(end_listing, "misses_that_delete", lambda *_, **__: 1):
        yield


@mutant("part that one sweep lacks stays", "deleted without proof")
def one_miss_deletes_a_part() -> Iterator[None]:
    with patch.object(finish_records, "misses_that_delete", lambda *_, **__: 1):
        yield


@mutant("removal that its feed forgot is found", "removal missed")
def feed_too_old_is_read_as_if_whole() -> Iterator[None]:
    with patch.object(read_removals, "lapsed", lambda *_: False):
        yield


@mutant("removal in one listing touches no other", "deleted without proof")
def removal_of_every_entity_is_ours() -> Iterator[None]:
    def careless(listings: Any, name: str) -> Any:
        return [(replace(feed, entity=_Any()), listing) for feed, listing in of_feed(listings, name)]

    with patch.object(read_removals, "of_feed", careless):
        yield


@mutant("removal in one listing touches no other", "deleted without proof")
def removal_of_another_listings_record() -> Iterator[None]:
    statement = changed(records_module._MARK_MISSING, "record.listing = $5", "$5::text is not null")
    with patch.object(records_module, "_MARK_MISSING", statement):
        yield


@mutant("record of parts leaves whole or not at all", "half a record told")
def record_is_put_together_with_each_page() -> Iterator[None]:
    async def eager(tx: Any, run_progress: Any, listing: Any, page: Any, **more: Any) -> Any:
        moved = await apply_page(tx, run_progress, listing, page, **more)
        run, progress = moved.run, moved.listings[listing.name]
        waiting = await tx.record_parts.unfinished(run, progress, 100)
        await tx.records.store(run, progress, [put_together(listing, raws) for raws in waiting.values()])
        return moved

    with patch.object(read_pages, "apply_page", eager):
        yield


@mutant("watermark never falls", "watermark fell")
def watermark_falls() -> Iterator[None]:
    with patch.object(end_listing, "further", lambda one, other: other or one):
        yield


@mutant("change at a provider whose clock is behind is read", "change missed")
def watermark_is_taken_from_our_clock() -> Iterator[None]:
    def ours(one: Any, other: Any) -> Any:
        return one if other is None else Watermark(WatermarkKind.INSTANT, datetime.now(UTC).isoformat())

    with patch.object(apply_module, "further", ours):
        yield


@mutant("reading that is killed goes on behind the page that was applied", "page missed")
def place_is_kept_a_page_ahead() -> Iterator[None]:
    save = PostgresRunListings.save

    async def ahead(self: Any, run: Any, progress: Any) -> None:
        place = progress.continuation
        await save(self, run, replace(progress, continuation=place and str(int(place) + 1)))

    with patch.object(PostgresRunListings, "save", ahead):
        yield


@mutant("whole listing that vanished is held", "deleted without proof")
def all_that_vanished_is_believed() -> Iterator[None]:
    with patch.multiple(removal, ALL_FLOOR=10_000, HALF_FLOOR=10_000):
        yield


@mutant("few that vanish beside a list that was cut are held", "believed the provider")
def each_listing_is_believed_alone() -> Iterator[None]:
    async def nothing(*_: object) -> bool:
        return False

    with patch.object(PostgresRunListings, "others_lack", nothing):
        yield


@mutant("release leaves what came back", "deleted what is back")
def release_deletes_what_is_back() -> Iterator[None]:
    async def nothing(*_: object) -> None:
        """What came back is not noticed."""

    with patch.multiple(PostgresHeldDeletions, seen=nothing, seen_by_reading=nothing):
        yield


@mutant("change that increments missed is counted", "misses uncounted")
def misses_are_not_counted() -> Iterator[None]:
    with patch.object(apply_module, "count_missed", lambda *_: 0):
        yield


@mutant("schedule sweeps and catches up once", "sweep forgotten")
def sweep_is_forgotten() -> Iterator[None]:
    asked = Policy.asked

    def incremental(self: Any, rhythm: Any, now: Any) -> Any:
        return asked(self, rhythm, now)[0], SyncMode.INCREMENTAL

    with patch.object(Policy, "asked", incremental):
        yield


@mutant("sweep has a rhythm of its own", "sweep waits for the schedule")
def sweep_waits_for_the_schedule() -> Iterator[None]:
    passed = Policy.passed

    def by_schedule(self: Any, rhythm: Any, now: Any, **more: Any) -> Any:
        alone = passed(self, SweepRhythm.NEVER, now, **more)
        return replace(passed(self, rhythm, now, **more), next_due_at=alone.next_due_at)

    with patch.object(Policy, "passed", by_schedule):
        yield


@mutant("sweep keeps to the schedules nights", "swept by day")
def sweep_is_always_due_at_a_time_of_its_own() -> Iterator[None]:
    with patch.object(policy_module, "longest_period", lambda _: timedelta()):
        yield


@mutant("schedule sweeps and catches up once", "asked more than once")
def all_that_was_missed_is_caught_up_with() -> Iterator[None]:
    passed = Policy.passed

    def from_then(self: Any, rhythm: Any, now: Any, **more: Any) -> Any:
        return passed(self, rhythm, self.next_due_at, **more)

    with patch.object(Policy, "passed", from_then):
        yield


class _Any(str):
    """Equal to every text."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__
