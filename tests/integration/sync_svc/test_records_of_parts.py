"""A record that comes in parts is published whole, and what a feed touches elsewhere is read again there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from koppel.contracts.values import ResourceName, SyncMode, SyncOutcome
from koppel.providers.listed_records import ProviderRecord
from koppel.providers.listing import Listing
from koppel.providers.reading import Instant, Sweep
from sync_svc.application import finish_records

from .deaths import Killed
from .made_up import ENTRIES, LINES, MEMORY, SALES, MadeUp
from .organisation import Organisation

FULL, INCREMENTAL = SyncMode.FULL, SyncMode.INCREMENTAL
VOUCHERS = (ResourceName.VOUCHER,)
BOTH = (ResourceName.VOUCHER, ResourceName.CUSTOMER_INVOICE)


@pytest.fixture
def books(organisation: Organisation) -> MadeUp:
    made_up = MadeUp()
    organisation.gateway = made_up
    return made_up


async def amounts(organisation: Organisation, record_id: str) -> list[str]:
    record = (await organisation.records())[record_id]
    return [row["amount"] for row in record["data"]["rows"]]


async def test_parts_over_several_pages_become_one_record_with_one_event(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(5):
        books.line(f"l{number}", "e1" if number % 2 else "e2", number)
    view = await organisation.sync(FULL, VOUCHERS)
    assert await amounts(organisation, "e1") == ["1", "3"]
    assert await amounts(organisation, "e2") == ["0", "2", "4"]
    assert len(await organisation.events("RecordChanged")) == 2
    assert (view.listings[0].fetched, view.listings[0].changed) == (5, 2)


async def test_no_half_record_leaves_a_run_that_fails_and_the_next_one_tells_it(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(4):
        books.line(f"l{number}", "e1", number)
    run_id = await organisation.ask(organisation.request(FULL, VOUCHERS))
    lease = await organisation.lease(run_id)

    def die(verb: str, name: str) -> None:
        if books.asked("read", "lines") == 2:
            raise Killed

    books.fault = die
    with pytest.raises(Killed):
        await organisation.perform_under(lease)
    assert await organisation.records() == {}
    books.fault = lambda verb, name: None
    await organisation.let_expire(lease)
    await organisation.perform(run_id)
    assert await amounts(organisation, "e1") == ["0", "1", "2", "3"]
    assert len(await organisation.events("RecordChanged")) == 1


async def test_a_part_that_changes_rewrites_its_record_and_one_that_does_not_does_not(
    organisation: Organisation, books: MadeUp
) -> None:
    books.line("l1", "e1", 10)
    books.line("l2", "e1", 20)
    books.line("l3", "e2", 30)
    await organisation.sync(FULL, VOUCHERS)
    books.put(LINES, "l2", Amount=25)
    books.put(LINES, "l3")
    view = await organisation.sync(INCREMENTAL, VOUCHERS)
    assert await amounts(organisation, "e1") == ["10", "25"]
    assert view.listings[0].changed == 1
    assert (await organisation.records())["e2"]["revision"] == 1


async def test_a_part_that_a_feed_removes_rewrites_its_record_and_the_last_one_removes_it(
    organisation: Organisation, books: MadeUp
) -> None:
    books.line("l1", "e1", 10)
    books.line("l2", "e1", 20)
    await organisation.sync(FULL, VOUCHERS)
    books.drop(LINES, "l1")
    await organisation.sync(INCREMENTAL, VOUCHERS)
    assert await amounts(organisation, "e1") == ["20"]
    books.drop(LINES, "l2")
    view = await organisation.sync(INCREMENTAL, VOUCHERS)
    assert await organisation.live() == set()
    assert view.listings[0].deleted == 1
    assert len(await organisation.events("RecordDeleted")) == 1


async def test_a_part_that_moves_to_another_record_rewrites_both(
    organisation: Organisation, books: MadeUp
) -> None:
    books.line("l1", "e1", 10)
    books.line("l2", "e1", 20)
    books.line("l3", "e2", 30)
    await organisation.sync(FULL, VOUCHERS)
    books.put(LINES, "l2", Entry="e2", Text="e2")
    await organisation.sync(INCREMENTAL, VOUCHERS)
    assert await amounts(organisation, "e1") == ["10"]
    assert sorted(await amounts(organisation, "e2")) == ["20", "30"]


async def test_a_whole_reading_finds_parts_that_are_gone(organisation: Organisation, books: MadeUp) -> None:
    books.line("l1", "e1", 10)
    books.line("l2", "e1", 20)
    books.line("l3", "e2", 30)
    for number in range(4, 8):
        books.line(f"l{number}", "e3", number)
    await organisation.sync(FULL, VOUCHERS)
    books.drop(LINES, "l2", "l3", told=False)
    await organisation.sync(FULL, VOUCHERS)
    assert await organisation.live() == {"e1", "e3"}
    assert await amounts(organisation, "e1") == ["10"]


async def test_where_nothing_names_what_is_gone_a_part_is_removed_at_the_second_miss_in_a_row(
    organisation: Organisation, books: MadeUp
) -> None:
    swept = replace(LINES, removal=Sweep(), cursor=Instant("ModifiedOn", timedelta(0)), counted=False)
    books.offered = (swept,)
    books.line("l1", "e1", 10)
    books.line("l2", "e1", 20)
    await organisation.sync(FULL, VOUCHERS)
    hidden = books.items["lines"].pop("l2")
    await organisation.sync(FULL, VOUCHERS)
    assert await amounts(organisation, "e1") == ["10", "20"]
    books.items["lines"]["l2"] = hidden
    await organisation.sync(FULL, VOUCHERS)
    del books.items["lines"]["l2"]
    await organisation.sync(FULL, VOUCHERS)
    assert await amounts(organisation, "e1") == ["10", "20"]
    await organisation.sync(FULL, VOUCHERS)
    assert await amounts(organisation, "e1") == ["10"]


async def test_a_whole_reading_that_lost_too_many_parts_removes_none(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(40):
        books.line(f"l{number}", f"e{number}", number)
    await organisation.sync(FULL, VOUCHERS)
    books.drop(LINES, *[f"l{number}" for number in range(21)], told=False)
    view = await organisation.sync(FULL, VOUCHERS)
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "too_many_vanished"
    assert len(await organisation.live()) == 40


async def test_a_worker_that_dies_while_records_are_put_together_loses_none(
    organisation: Organisation, books: MadeUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        books.line(f"l{number}", f"e{number}", number)
    await organisation.sync(FULL, VOUCHERS)
    books.put(LINES, "l1", Amount=99)
    books.drop(LINES, "l2", told=False)
    run_id = await organisation.ask(organisation.request(FULL, VOUCHERS))
    lease = await organisation.lease(run_id)

    def die(listing: Listing, raws: Sequence[str]) -> ProviderRecord:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(finish_records, "put_together", die)
        await organisation.perform_under(lease)
    await organisation.let_expire(lease)
    books.calls.clear()
    await organisation.perform(run_id)
    assert books.asked("read", "lines") == 0
    assert await amounts(organisation, "e1") == ["99"]
    assert await organisation.live() == {"e0", "e1", "e3"}


async def test_what_the_feed_touches_is_read_again_by_its_id(
    organisation: Organisation, books: MadeUp
) -> None:
    for number in range(5):
        books.line(f"l{number}", f"e{number}", number, Type=SALES if number < 4 else 90)
        books.put(ENTRIES, f"e{number}", Number=f"{number}")
    await organisation.sync(FULL, BOTH)
    assert books.asked("fetch", "entries") == 0
    books.put(ENTRIES, "e1", Number="gewijzigd")
    books.put(ENTRIES, "e4", Number="niet verkoop")
    books.put(LINES, "l1", Amount=100)
    books.put(LINES, "l2", Amount=100)
    books.put(LINES, "l3", Amount=100)
    books.put(LINES, "l4", Amount=100)
    books.calls.clear()
    view = await organisation.sync(INCREMENTAL, BOTH)
    assert [call for call in books.calls if call[1] == "entries"] == [
        ("fetch", "entries", 2),
        ("fetch", "entries", 1),
    ]
    assert (view.listings[1].fetched, view.listings[1].changed, view.listings[1].failure) == (3, 1, None)
    books.calls.clear()
    await organisation.sync(INCREMENTAL, BOTH)
    assert [call for call in books.calls if call[1] == "entries"] == []


async def test_what_is_not_there_any_more_when_it_is_read_again_is_deleted(
    organisation: Organisation, books: MadeUp
) -> None:
    books.line("l1", "e1", 1, Type=SALES)
    books.line("l2", "e2", 2, Type=SALES)
    books.put(ENTRIES, "e1", Number="1")
    books.put(ENTRIES, "e2", Number="2")
    await organisation.sync(FULL, BOTH)
    books.drop(LINES, "l1")
    books.drop(ENTRIES, "e1")
    view = await organisation.sync(INCREMENTAL, BOTH)
    assert view.run.outcome is SyncOutcome.CHANGED
    assert view.listings[1].deleted == 1
    deleted = await organisation.events("RecordDeleted")
    assert sorted((event["resource"], event["external_id"]) for event in deleted) == [
        ("customer_invoice", "e1"),
        ("voucher", "e1"),
    ]


async def test_what_was_noted_waits_for_the_run_that_reads_its_listing(
    organisation: Organisation, books: MadeUp
) -> None:
    books.line("l1", "e1", 1, Type=SALES)
    books.put(ENTRIES, "e1", Number="1")
    await organisation.sync(FULL, BOTH)
    books.put(LINES, "l1", Amount=2)
    books.put(ENTRIES, "e1", Number="2")
    await organisation.sync(INCREMENTAL, VOUCHERS)
    await organisation.sync(INCREMENTAL, (ResourceName.CUSTOMER_INVOICE,))
    assert books.asked("fetch", "entries") == 1


async def test_what_changed_in_nothing_but_its_number_is_read_again_too(
    organisation: Organisation, books: MadeUp
) -> None:
    """A head that lines do not show: they come again, and are as they were."""
    books.line("l1", "e1", 1, Type=SALES)
    books.put(ENTRIES, "e1", Number="1")
    await organisation.sync(FULL, BOTH)
    books.put(LINES, "l1")
    books.put(ENTRIES, "e1", Number="2")
    view = await organisation.sync(INCREMENTAL, BOTH)
    assert [each.changed for each in view.listings] == [0, 1]


async def test_where_the_feed_was_read_whole_what_it_touches_is_too(
    organisation: Organisation, books: MadeUp
) -> None:
    books.line("l1", "e1", 1, Type=SALES)
    books.put(ENTRIES, "e1", Number="1")
    await organisation.sync(FULL, BOTH)
    books.put(LINES, "l1")
    books.put(ENTRIES, "e1", Number="2")
    books.now += MEMORY + timedelta(seconds=1)
    await organisation.sync(INCREMENTAL, VOUCHERS)
    view = await organisation.sync(INCREMENTAL, (ResourceName.CUSTOMER_INVOICE,))
    assert view.listings[0].changed == 1
    assert books.asked("fetch", "entries") == 0
