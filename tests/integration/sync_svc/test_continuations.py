"""Pages follow each other by what the package says; one that leads nowhere new ends its listing, not the run."""

from collections.abc import Callable
from datetime import timedelta

from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.providers.failures import CONTINUATION_INVALID, WATERMARK_INVALID, FailureKind, failure

from .deaths import killed_at
from .office import Office


async def test_pages_that_go_round_end_the_listing_and_are_read_again(office: Office) -> None:
    office.package.add_customers(25)
    office.package.following = lambda number: "2"
    view = await office.sync()
    assert view.run.outcome is SyncOutcome.PARTIAL
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "page_repeated"
    assert len(await office.live()) == 20
    office.package.following = lambda number: str(number + 1)
    office.package.calls.clear()
    view = await office.sync(SyncMode.INCREMENTAL)
    assert office.package.calls[0] == ("customers", 1, None)
    assert view.run.outcome is SyncOutcome.CHANGED
    assert len(await office.live()) == 25


async def test_a_package_that_serves_the_same_page_under_new_names_does_not_keep_a_worker_for_ever(
    office: Office,
) -> None:
    customers = office.package.add_customers(10)
    office.package.items["customers"] = customers * 1000
    view = await office.sync()
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "page_repeated"
    assert len(office.package.pages_of("customers")) == 2
    assert len(await office.live()) == 10


async def test_a_long_way_round_is_noticed_too(office: Office) -> None:
    office.package.add_customers(45)
    office.package.following = lambda number: "2" if number == 4 else str(number + 1)
    view = await office.sync()
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "page_repeated"
    assert office.package.pages_of("customers") == [1, 2, 3, 4]


async def test_the_listings_behind_one_that_goes_round_are_read(office: Office) -> None:
    office.package.add_customers(25)
    office.package.items["suppliers"] = [{"Id": "leverancier", "Name": "L"}]
    office.package.following = lambda number: "1"
    view = await office.sync()
    assert [each.state for each in view.listings] == ["failed", "done"]
    assert "leverancier" in await office.live()


async def test_a_place_that_the_package_does_not_know_any_more_begins_the_reading_anew(
    office: Office,
) -> None:
    office.package.add_customers(25)
    run_id = await office.ask(office.request())
    await killed_at(office, await office.lease(run_id), page=3)
    office.package.fault = _refused_once(CONTINUATION_INVALID, 3)
    office.package.calls.clear()
    await office.perform(run_id)
    view = await office.run(run_id)
    assert office.package.pages_of("customers") == [3, 1, 2, 3]
    assert view.run.outcome is SyncOutcome.CHANGED
    assert view.listings[0].failure is None
    assert (view.listings[0].fetched, view.listings[0].total) == (25, 25)


async def test_a_watermark_that_the_package_refuses_makes_the_reading_whole(office: Office) -> None:
    office.package.add_customers(15)
    await office.sync()
    office.package.later(hours=1)
    office.package.fault = _refused_once(WATERMARK_INVALID, 1)
    office.package.calls.clear()
    view = await office.sync(SyncMode.INCREMENTAL)
    assert [(number, since is None) for _, number, since in office.package.calls if _ == "customers"] == [
        (1, False),
        (1, True),
        (2, True),
    ]
    assert view.run.outcome is SyncOutcome.UNCHANGED


async def test_a_package_that_refuses_every_place_fails_the_listing_by_its_code(office: Office) -> None:
    office.package.add_customers(25)

    def never(listing: str, number: int) -> None:
        if number > 1:
            raise failure(CONTINUATION_INVALID)

    office.package.fault = never
    view = await office.sync()
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "continuation_invalid"


async def test_a_run_that_the_release_before_left_in_the_middle_is_gone_on_with(office: Office) -> None:
    office.package.add_customers(45)
    await office.sync()
    office.package.later(hours=1)
    for customer in office.package.items["customers"]:
        office.package.change(customer, Name="anders")
    run_id = await office.ask(office.request(SyncMode.INCREMENTAL))
    await killed_at(office, await office.lease(run_id), page=4)
    # What it has beside, a process of the release before neither reads nor writes; it read one more page.
    await office.rows(
        "update run_listing set next_page = next_page + 1, fetched = fetched + 10, since_kind = null, "
        "since_value = null, high_kind = null, high_value = null from sync_run "
        "where run_listing.run_id = sync_run.run_id and run_listing.state = 'running' and administration_id = $1"
    )
    office.package.calls.clear()
    await office.perform(run_id)
    (first, *_) = office.package.calls
    assert first == ("customers", 5, office.package.time - timedelta(hours=1))
    view = await office.run(run_id)
    assert view.run.outcome is SyncOutcome.CHANGED
    assert view.listings[0].fetched == 45


async def test_the_release_before_finds_the_instants_that_it_goes_by(office: Office) -> None:
    office.package.add_customers(3)
    await office.sync()
    started = office.package.time
    office.package.later(hours=1)
    run_id = await office.ask(office.request(SyncMode.INCREMENTAL))
    await office.perform(run_id)
    (row,) = await office.rows(
        "select changed_since, server_time from run_listing join sync_run using (run_id) "
        "where administration_id = $1 and run_id = $2 and listing = 'customers'",
        run_id,
    )
    assert (started - row["changed_since"]).total_seconds() == 300
    assert row["server_time"] == office.package.time
    (cursor,) = await office.rows(
        "select watermark from sync_cursor where administration_id = $1 and listing = 'customers'"
    )
    assert cursor["watermark"] == office.package.time


def _refused_once(kind: FailureKind, page: int) -> Callable[[str, int], None]:
    refusals = [kind]

    def fault(listing: str, number: int) -> None:
        if number == page and refusals:
            raise failure(refusals.pop())

    return fault
