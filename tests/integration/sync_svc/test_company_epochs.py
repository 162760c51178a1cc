"""In another epoch of a company all its cursors are worthless: everything is read whole, and nothing is lost."""

from datetime import UTC, datetime

import pytest

from koppel.contracts.values import ResourceName, SyncMode, SyncOutcome
from koppel.ports.budget import BudgetExhausted, Exhausted

from .deaths import Killed
from .made_up import ACCOUNTS, DOCUMENTS, ENTRIES, LINES, SALES, MadeUp, refused
from .organisation import Organisation
from .test_budget import a_minute_later, limited

FULL, INCREMENTAL = SyncMode.FULL, SyncMode.INCREMENTAL
LEDGER = (ResourceName.LEDGER_ACCOUNT,)


@pytest.fixture
def books(organisation: Organisation) -> MadeUp:
    made_up = MadeUp()
    organisation.gateway = made_up
    made_up.company_epoch = "one"
    return made_up


def renumber(books: MadeUp) -> None:
    """A move: all numbers are made anew, far below those of before, and removals are forgotten."""
    books.company_epoch = "two"
    books.stamp = max(len(items) for items in books.items.values())
    books.gone.clear()
    for items in books.items.values():
        for number, item in enumerate(items.values(), 1):
            item["Stamp"] = number


async def test_after_a_move_all_listings_are_read_whole_once(
    organisation: Organisation, books: MadeUp
) -> None:
    books.put(ACCOUNTS, "a1", Name="kas")
    books.put(ACCOUNTS, "a2", Name="bank")
    books.line("l1", "e1", 10, Type=SALES)
    books.line("l2", "e1", 20, Type=SALES)
    books.put(ENTRIES, "e1", Number="1")
    books.put(DOCUMENTS, "d1", Number="1")
    await organisation.sync(FULL, None)
    renumber(books)
    books.drop(ACCOUNTS, "a2", told=False)
    books.drop(LINES, "l2", told=False)
    books.items["entries"]["e1"]["Number"] = "2"
    books.calls.clear()
    view = await organisation.sync(INCREMENTAL, None)
    assert view.run.outcome is SyncOutcome.CHANGED
    assert [each.failure for each in view.listings] == [None] * 5
    assert "a2" not in await organisation.live()
    assert (await organisation.records())["e1"]["data"]
    assert books.asked("read", "entries") == 1
    assert books.asked("fetch", "documents") == 1
    books.calls.clear()
    assert (await organisation.sync(INCREMENTAL, None)).run.outcome is SyncOutcome.UNCHANGED
    assert books.asked("read", "entries") == 0
    assert books.asked("fetch", "documents") == 0


async def test_the_first_epoch_and_the_same_one_forget_nothing(
    organisation: Organisation, books: MadeUp
) -> None:
    books.company_epoch = None
    books.put(ACCOUNTS, "a1", Name="kas")
    await organisation.sync(FULL, LEDGER)
    books.company_epoch = "one"
    for _ in range(2):
        view = await organisation.sync(INCREMENTAL, LEDGER)
        assert view.listings[0].fetched == 0


async def test_a_move_in_the_middle_of_a_run_begins_its_listing_anew(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(5):
        books.put(ACCOUNTS, f"a{number}", Name=f"{number}")
    await organisation.sync(FULL, LEDGER)
    for number in range(5):
        books.put(ACCOUNTS, f"a{number}", Name=f"{number}!")
    run_id = await organisation.ask(organisation.request(INCREMENTAL, LEDGER))
    lease = await organisation.lease(run_id)

    def die(verb: str, name: str) -> None:
        if verb == "read" and books.calls[-1] == ("read", "accounts", 4):
            raise Killed

    books.fault = die
    with pytest.raises(Killed):
        await organisation.perform_under(lease)
    books.fault = lambda verb, name: None
    await organisation.let_expire(lease)
    renumber(books)
    await organisation.perform(run_id)
    view = await organisation.run(run_id)
    assert (view.listings[0].fetched, view.listings[0].failure) == (5, None)
    names = {row["data"]["name"] for row in (await organisation.records()).values()}
    assert names == {f"{number}!" for number in range(5)}
    books.put(ACCOUNTS, "a0", Name="na de verhuizing")
    await organisation.sync(INCREMENTAL, LEDGER)
    assert (await organisation.records())["a0"]["data"]["name"] == "na de verhuizing"


async def test_an_epoch_that_may_not_be_asked_stops_nothing(
    organisation: Organisation, books: MadeUp
) -> None:
    books.put(ACCOUNTS, "a1", Name="kas")
    books.fault = refused("epoch", "company")
    view = await organisation.sync(FULL, LEDGER)
    assert view.run.outcome is SyncOutcome.CHANGED


@pytest.mark.parametrize(("of_errors", "outcome"), [(True, SyncOutcome.CHANGED), (False, None)])
async def test_an_epoch_that_was_refused_too_often_is_not_asked_and_stops_nothing(
    organisation: Organisation, books: MadeUp, outcome: SyncOutcome | None, *, of_errors: bool
) -> None:
    def nothing_left(verb: str, _: str) -> None:
        if verb == "epoch":
            raise BudgetExhausted(Exhausted("some", datetime.now(UTC), 3_000.0, of_errors=of_errors))

    books.put(ACCOUNTS, "a1", Name="kas")
    books.fault = nothing_left
    run_id = await organisation.ask(organisation.request(FULL, LEDGER))
    await organisation.perform(run_id)
    assert (await organisation.run(run_id)).run.outcome is outcome


async def test_where_a_window_allows_one_call_each_wait_brings_the_run_a_call_further(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(25):
        books.put(ACCOUNTS, f"a{number}", Name=f"{number}")
    organisation.budget = limited(organisation, 1)
    run_id = await organisation.ask(organisation.request(FULL, LEDGER))
    for _ in range(20):
        await organisation.perform(run_id)
        if (await organisation.run(run_id)).run.outcome is not None:
            break
        await a_minute_later(organisation)
    assert (await organisation.run(run_id)).run.outcome is SyncOutcome.CHANGED
    assert len(set(books.calls)) == len(books.calls)
