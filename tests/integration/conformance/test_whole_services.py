"""What every provider's profile promises, kept by sync-svc as a whole; docs/providers/README.md has the table."""

from tests.integration.sync_svc.deaths import Killed
from tests.unit.conformance.stand import Stand

from koppel.contracts.values import SyncMode
from koppel.platform.database import Database
from koppel.providers.port import Provider
from koppel.providers.reading import Feed, Flag, Listed
from sync_svc.adapters.providers import Providers

from .calls import beside_listings, fewest_of_looking, fewest_of_reading
from .reader import Reader

FULL, INCREMENTAL = SyncMode.FULL, SyncMode.INCREMENTAL


async def test_a_reading_that_is_killed_again_and_again_asks_no_page_twice_but_the_one_in_hand(
    reader: Reader,
) -> None:
    run_id, kills = await reader.ask(reader.request(FULL, None)), 0
    while (await reader.run(run_id)).run.outcome is None:
        lease, reader.wire.left = await reader.lease(run_id), 6
        try:
            await reader.perform_under(lease)
        except Killed:
            kills += 1
        await reader.let_expire(lease)
        assert kills < 100
    reader.wire.left = None
    pages = {
        asked: n for asked, n in reader.wire.asked.items() if any(p.path in asked for p in reader.listings)
    }
    again = sum(count - 1 for count in pages.values())
    killed = await reader.record_digests()
    await reader.read(FULL)
    assert await reader.record_digests() == killed
    assert kills > 1
    assert again <= kills


async def test_a_watermark_only_rises_and_an_unchanged_administration_tells_nothing(reader: Reader) -> None:
    await reader.read(FULL)
    before, told = await reader.watermarks(), len(await reader.events("RecordChanged"))
    await reader.read(INCREMENTAL)
    assert len(await reader.events("RecordChanged")) == told
    await reader.stand.pass_time(60)
    for listing in reader.listings:
        await reader.change(listing, change=1)
    await reader.read(INCREMENTAL)
    await reader.read(INCREMENTAL)
    after = await reader.watermarks()
    assert len(await reader.events("RecordChanged")) > told
    assert after.keys() == before.keys() == {each.name for each in reader.listings}
    for name, (kind, value) in before.items():
        assert (after[name][0], rank(*after[name]) >= rank(kind, value)) == (kind, True)


def rank(kind: str, value: str) -> tuple[int, str]:
    return (int(value), "") if kind == "sequence" else (0, value)


async def test_what_is_removed_at_the_provider_is_deleted_and_told(reader: Reader) -> None:
    """At once where the provider names it; where only listings tell, after two whole readings in a row."""
    await reader.read(FULL)
    named = set()
    for listing in reader.listings:
        removed = await reader.change(listing, remove=1)
        if isinstance(listing.removal, Feed | Flag | Listed) and listing.parts is None:
            named |= {f"{listing.resource}/{each}" for each in removed}
    kept = await reader.record_keys()
    await reader.read(INCREMENTAL)
    assert not named & await reader.record_keys()
    for _ in range(2):
        await reader.read(FULL)
    left = await reader.record_keys()
    assert left == (await reader.truth()).keys()
    told = {f"{each['resource']}/{each['external_id']}" for each in await reader.events("RecordDeleted")}
    assert told == kept - left
    assert len(told) >= len(named) > 0 or not named


async def test_no_call_is_made_that_the_provider_does_not_make_necessary(
    played: Provider, database: Database
) -> None:
    """At full page size; SnelStart's pages share three rows, which are none here."""
    stand = Stand(played, rate_limit_per_minute=0)
    await stand.start()
    reader = Reader(database, stand, Providers)
    await reader.arrive()
    items = await reader.items()
    asked, beside = await reader.calls(FULL)
    assert asked == {each.name: fewest_of_reading(played, each, items[each.name]) for each in reader.listings}
    assert beside == beside_listings(played)
    asked, beside = await reader.calls(INCREMENTAL)
    fewest = {
        each.name: fewest_of_looking(played, each, items[each.name], shown=1) for each in reader.listings
    }
    assert asked == {name: count for name, count in fewest.items() if count}
    assert beside == beside_listings(played)
    await reader.close()
    await stand.http.aclose()
