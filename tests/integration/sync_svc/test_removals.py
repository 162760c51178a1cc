"""What a provider tells of removals reaches the record: by a feed, a list of versions, a flag."""

from datetime import timedelta

import pytest

from koppel.contracts.values import ResourceName, SyncMode, SyncOutcome

from .made_up import ACCOUNTS, MEMORY, RELATIONS, MadeUp, refused
from .organisation import Organisation

FULL, INCREMENTAL = SyncMode.FULL, SyncMode.INCREMENTAL
LEDGER, PAPERS, PEOPLE = (
    (ResourceName.LEDGER_ACCOUNT,),
    (ResourceName.SUPPLIER_INVOICE,),
    (ResourceName.CONTACT,),
)


@pytest.fixture
def books(organisation: Organisation) -> MadeUp:
    made_up = MadeUp()
    organisation.gateway = made_up
    return made_up


async def test_what_a_feed_names_is_deleted_at_once_and_said(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(5):
        books.put(ACCOUNTS, f"a{number}", Name=f"{number}")
    await organisation.sync(FULL, LEDGER)
    books.drop(ACCOUNTS, "a1", "a3", "a4")
    view = await organisation.sync(INCREMENTAL, LEDGER)
    assert view.run.outcome is SyncOutcome.CHANGED
    assert view.listings[0].deleted == 3
    assert await organisation.live() == {"a0", "a2"}
    assert {event["external_id"] for event in await organisation.events("RecordDeleted")} == {
        "a1",
        "a3",
        "a4",
    }
    books.calls.clear()
    assert (await organisation.sync(INCREMENTAL, LEDGER)).run.outcome is SyncOutcome.UNCHANGED
    assert books.calls == [("removed", "gone", 0), ("read", "accounts", 0)]


async def test_what_comes_back_after_the_feed_named_it_is_back(
    organisation: Organisation, books: MadeUp
) -> None:
    books.put(ACCOUNTS, "a1", Name="kas")
    await organisation.sync(FULL, LEDGER)
    books.drop(ACCOUNTS, "a1")
    books.put(ACCOUNTS, "a1", Name="kas")
    await organisation.sync(INCREMENTAL, LEDGER)
    assert await organisation.live() == {"a1"}


async def test_one_feed_serves_all_listings_also_those_that_were_not_asked(
    organisation: Organisation, books: MadeUp
) -> None:
    books.put(ACCOUNTS, "a1", Name="kas")
    await organisation.sync(FULL, LEDGER)
    books.drop(ACCOUNTS, "a1")
    await organisation.sync(INCREMENTAL, (ResourceName.VOUCHER,))
    assert await organisation.live() == set()


async def test_a_feed_left_alone_for_longer_than_it_remembers_makes_the_reading_whole(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(4):
        books.put(ACCOUNTS, f"a{number}", Name=f"{number}")
    await organisation.sync(FULL, LEDGER)
    books.drop(ACCOUNTS, "a2", told=False)
    books.now += MEMORY - timedelta(days=1)
    await organisation.sync(INCREMENTAL, LEDGER)
    assert "a2" in await organisation.live()
    books.now += MEMORY + timedelta(seconds=1)
    await organisation.sync(INCREMENTAL, LEDGER)
    assert await organisation.live() == {"a0", "a1", "a3"}
    books.calls.clear()
    await organisation.sync(INCREMENTAL, LEDGER)
    assert books.asked("read", "accounts") == 1


async def test_a_whole_reading_that_shows_nothing_at_all_deletes_nothing_yet(
    organisation: Organisation, books: MadeUp
) -> None:
    books.put(ACCOUNTS, "a1", Name="kas")
    await organisation.sync(FULL, LEDGER)
    kept = books.items["accounts"]
    books.items["accounts"] = {}
    await organisation.sync(FULL, LEDGER)
    assert await organisation.live() == {"a1"}
    books.items["accounts"] = kept
    await organisation.sync(FULL, LEDGER)
    books.items["accounts"] = {}
    await organisation.sync(FULL, LEDGER)
    assert await organisation.live() == {"a1"}


async def test_a_feed_that_may_not_be_read_leaves_the_data_coming_and_says_why(
    organisation: Organisation, books: MadeUp
) -> None:
    books.put(ACCOUNTS, "a1", Name="kas")
    books.fault = refused("removed", "gone")
    view = await organisation.sync(INCREMENTAL, LEDGER)
    assert view.run.outcome is SyncOutcome.PARTIAL
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "permission_denied"
    assert await organisation.live() == {"a1"}


async def test_a_feed_of_removals_that_numbers_anew_costs_a_whole_reading_and_loses_nothing(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(3):
        books.put(ACCOUNTS, f"a{number}", Name=f"{number}")
    books.drop(ACCOUNTS, "a0")
    await organisation.sync(FULL, LEDGER)
    books.drop(ACCOUNTS, "a1")
    removed = books.gone
    books.gone = [each._replace(sequence=1) for each in removed]
    books.removed_whatever_was_asked = True
    view = await organisation.sync(INCREMENTAL, LEDGER)
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "feed_went_back"
    await organisation.sync(INCREMENTAL, LEDGER)
    assert await organisation.live() == {"a2"}


async def test_a_listing_that_numbers_anew_is_read_whole_by_the_next_run(
    organisation: Organisation, books: MadeUp
) -> None:
    books.put(ACCOUNTS, "a1", Name="kas")
    await organisation.sync(FULL, LEDGER)
    books.stamp = 0
    books.put(ACCOUNTS, "a2", Name="bank")
    books.read_whatever_was_asked = True
    view = await organisation.sync(INCREMENTAL, LEDGER)
    assert view.listings[0].failure is None
    books.items["accounts"].pop("a1")
    books.put(ACCOUNTS, "a2", Name="giro")
    view = await organisation.sync(INCREMENTAL, LEDGER)
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "feed_went_back"
    books.read_whatever_was_asked = False
    await organisation.sync(INCREMENTAL, LEDGER)
    assert await organisation.live() == {"a2"}


async def test_removals_that_go_round_end_the_feed_not_the_run(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(5):
        books.put(ACCOUNTS, f"a{number}", Name=f"{number}")
    await organisation.sync(FULL, LEDGER)
    books.drop(ACCOUNTS, "a0", "a1", "a2")
    books.following = lambda count: "2" if count == 4 else str(count)
    books.drop(ACCOUNTS, "a3", "a4")
    view = await organisation.sync(INCREMENTAL, LEDGER)
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "page_repeated"
    books.following = str
    await organisation.sync(INCREMENTAL, LEDGER)
    assert await organisation.live() == set()


async def test_a_feed_that_breaks_off_is_asked_again_from_where_it_was(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(6):
        books.put(ACCOUNTS, f"a{number}", Name=f"{number}")
    await organisation.sync(FULL, LEDGER)
    books.drop(ACCOUNTS, "a0", "a1", "a2", "a3")
    books.gone.reverse()  # a feed's pages need not be in the order of its numbers

    def breaks_off(verb: str, name: str) -> None:
        if verb == "removed" and books.calls[-1][2] == 2:
            refused("removed", "gone")(verb, name)

    books.fault = breaks_off
    await organisation.sync(INCREMENTAL, LEDGER)
    books.fault = lambda verb, name: None
    await organisation.sync(INCREMENTAL, LEDGER)
    assert await organisation.live() == {"a4", "a5"}


async def test_an_item_that_says_that_it_is_gone_is_deleted_and_can_come_back(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(3):
        books.put(RELATIONS, f"r{number}", Name=f"{number}", Inactive=False)
    await organisation.sync(FULL, PEOPLE)
    books.put(RELATIONS, "r1", Inactive=True)
    view = await organisation.sync(INCREMENTAL, PEOPLE)
    assert view.listings[0].deleted == 1
    assert await organisation.live() == {"r0", "r2"}
    books.put(RELATIONS, "r1", Inactive=False)
    await organisation.sync(INCREMENTAL, PEOPLE)
    assert await organisation.live() == {"r0", "r1", "r2"}


async def test_a_first_reading_with_flagged_items_is_whole(organisation: Organisation, books: MadeUp) -> None:
    books.put(RELATIONS, "r0", Name="0", Inactive=True)
    books.put(RELATIONS, "r1", Name="1", Inactive=False)
    view = await organisation.sync(FULL, PEOPLE)
    assert view.listings[0].failure is None
    assert await organisation.live() == {"r1"}


async def test_a_flagged_listing_is_swept_too(organisation: Organisation, books: MadeUp) -> None:
    for number in range(3):
        books.put(RELATIONS, f"r{number}", Name=f"{number}", Inactive=False)
    await organisation.sync(FULL, PEOPLE)
    books.drop(RELATIONS, "r1")
    await organisation.sync(FULL, PEOPLE)
    assert "r1" in await organisation.live()
    await organisation.sync(FULL, PEOPLE)
    assert await organisation.live() == {"r0", "r2"}
