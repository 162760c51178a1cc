"""Pages follow each other by what the provider says; one that leads nowhere new ends its listing, not the run."""

from collections.abc import Callable
from datetime import timedelta

from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.providers.failures import CONTINUATION_INVALID, WATERMARK_INVALID, FailureKind, failure

from .deaths import killed_at
from .organisation import Organisation


async def test_pages_that_go_round_end_the_listing_and_are_read_again(organisation: Organisation) -> None:
    organisation.provider.add_customers(25)
    organisation.provider.following = lambda number: "2"
    view = await organisation.sync()
    assert view.run.outcome is SyncOutcome.PARTIAL
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "page_repeated"
    assert len(await organisation.live()) == 20
    organisation.provider.following = lambda number: str(number + 1)
    organisation.provider.calls.clear()
    view = await organisation.sync(SyncMode.INCREMENTAL)
    assert organisation.provider.calls[0] == ("customers", 1, None)
    assert view.run.outcome is SyncOutcome.CHANGED
    assert len(await organisation.live()) == 25


async def test_a_provider_that_serves_the_same_page_under_new_names_does_not_keep_a_worker_for_ever(
    organisation: Organisation,
) -> None:
    customers = organisation.provider.add_customers(10)
    organisation.provider.items["customers"] = customers * 1000
    view = await organisation.sync()
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "page_repeated"
    assert len(organisation.provider.pages_of("customers")) == 2
    assert len(await organisation.live()) == 10


async def test_a_long_way_round_is_noticed_too(organisation: Organisation) -> None:
    organisation.provider.add_customers(45)
    organisation.provider.following = lambda number: "2" if number == 4 else str(number + 1)
    view = await organisation.sync()
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "page_repeated"
    assert organisation.provider.pages_of("customers") == [1, 2, 3, 4]


async def test_the_listings_behind_one_that_goes_round_are_read(organisation: Organisation) -> None:
    organisation.provider.add_customers(25)
    organisation.provider.items["suppliers"] = [{"Id": "leverancier", "Name": "L"}]
    organisation.provider.following = lambda number: "1"
    view = await organisation.sync()
    assert [each.state for each in view.listings] == ["failed", "done"]
    assert "leverancier" in await organisation.live()


async def test_a_place_that_the_provider_does_not_know_any_more_begins_the_reading_anew(
    organisation: Organisation,
) -> None:
    organisation.provider.add_customers(25)
    run_id = await organisation.ask(organisation.request())
    await killed_at(organisation, await organisation.lease(run_id), page=3)
    organisation.provider.fault = _refused_once(CONTINUATION_INVALID, 3)
    organisation.provider.calls.clear()
    await organisation.perform(run_id)
    view = await organisation.run(run_id)
    assert organisation.provider.pages_of("customers") == [3, 1, 2, 3]
    assert view.run.outcome is SyncOutcome.CHANGED
    assert view.listings[0].failure is None
    assert (view.listings[0].fetched, view.listings[0].total) == (25, 25)


async def test_a_watermark_that_the_provider_refuses_makes_the_reading_whole(
    organisation: Organisation,
) -> None:
    organisation.provider.add_customers(15)
    await organisation.sync()
    organisation.provider.later(hours=1)
    organisation.provider.fault = _refused_once(WATERMARK_INVALID, 1)
    organisation.provider.calls.clear()
    view = await organisation.sync(SyncMode.INCREMENTAL)
    assert [
        (number, since is None) for _, number, since in organisation.provider.calls if _ == "customers"
    ] == [
        (1, False),
        (1, True),
        (2, True),
    ]
    assert view.run.outcome is SyncOutcome.UNCHANGED


async def test_a_provider_that_refuses_every_place_fails_the_listing_by_its_code(
    organisation: Organisation,
) -> None:
    organisation.provider.add_customers(25)

    def never(listing: str, number: int) -> None:
        if number > 1:
            raise failure(CONTINUATION_INVALID)

    organisation.provider.fault = never
    view = await organisation.sync()
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "continuation_invalid"


async def test_a_run_that_the_release_before_left_in_the_middle_is_gone_on_with(
    organisation: Organisation,
) -> None:
    organisation.provider.add_customers(45)
    await organisation.sync()
    organisation.provider.later(hours=1)
    for customer in organisation.provider.items["customers"]:
        organisation.provider.change(customer, Name="anders")
    run_id = await organisation.ask(organisation.request(SyncMode.INCREMENTAL))
    await killed_at(organisation, await organisation.lease(run_id), page=4)
    # What it has beside, a process of the release before neither reads nor writes; it read one more page.
    await organisation.rows(
        "update run_listing set next_page = next_page + 1, fetched = fetched + 10, since_kind = null, "
        "since_value = null, high_kind = null, high_value = null from sync_run "
        "where run_listing.run_id = sync_run.run_id and run_listing.state = 'running' and administration_id = $1"
    )
    organisation.provider.calls.clear()
    await organisation.perform(run_id)
    (first, *_) = organisation.provider.calls
    assert first == ("customers", 5, organisation.provider.time - timedelta(hours=1))
    view = await organisation.run(run_id)
    assert view.run.outcome is SyncOutcome.CHANGED
    assert view.listings[0].fetched == 45


async def test_the_release_before_finds_the_instants_that_it_goes_by(organisation: Organisation) -> None:
    organisation.provider.add_customers(3)
    await organisation.sync()
    started = organisation.provider.time
    organisation.provider.later(hours=1)
    run_id = await organisation.ask(organisation.request(SyncMode.INCREMENTAL))
    await organisation.perform(run_id)
    (row,) = await organisation.rows(
        "select changed_since, server_time from run_listing join sync_run using (run_id) "
        "where administration_id = $1 and run_id = $2 and listing = 'customers'",
        run_id,
    )
    assert (started - row["changed_since"]).total_seconds() == 300
    assert row["server_time"] == organisation.provider.time
    (cursor,) = await organisation.rows(
        "select watermark from sync_cursor where administration_id = $1 and listing = 'customers'"
    )
    assert cursor["watermark"] == organisation.provider.time


def _refused_once(kind: FailureKind, page: int) -> Callable[[str, int], None]:
    refusals = [kind]

    def fault(listing: str, number: int) -> None:
        if number == page and refusals:
            raise failure(refusals.pop())

    return fault
