"""Two complete listings in a row, no fewer, and never too much at once."""

from koppel.contracts.record import RecordDeleted
from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.providers.failures import COMPANY_INACTIVE, failure

from .office import Office


async def test_a_record_is_deleted_at_its_second_absence(office: Office) -> None:
    customers = office.package.add_customers(15)
    await office.sync()
    gone = str(customers[4]["Id"])
    office.package.remove(customers[4])
    first = await office.sync()
    assert first.listings[0].deleted == 0
    assert first.run.outcome is SyncOutcome.UNCHANGED
    assert (await office.records())[gone]["missed"] == 1
    assert gone in await office.live()
    second = await office.sync()
    assert second.listings[0].deleted == 1
    assert second.run.outcome is SyncOutcome.CHANGED
    assert gone not in await office.live()
    assert (await office.records())[gone]["revision"] == 2
    third = await office.sync()
    assert third.listings[0].deleted == 0


async def test_the_deletion_is_an_event_of_the_records_stream(office: Office) -> None:
    customers = office.package.add_customers(3)
    await office.sync()
    office.package.remove(customers[0])
    await office.sync()
    await office.sync()
    (row,) = await office.rows(
        "select payload, key, version from event_log where key like $1::uuid::text || '/%' and type = $2",
        RecordDeleted.type_name(),
    )
    event = RecordDeleted.model_validate_json(row["payload"])
    assert row["payload"] == event.model_dump_json()
    assert (event.key, event.revision) == (row["key"], row["version"])
    assert (event.external_id, event.revision) == (customers[0]["Id"], 2)


async def test_a_record_that_comes_back_loses_its_missing_mark(office: Office) -> None:
    customers = office.package.add_customers(3)
    await office.sync()
    office.package.remove(customers[0])
    await office.sync()
    office.package.items["customers"].append(customers[0])
    await office.sync()
    assert (await office.records())[str(customers[0]["Id"])]["missed"] == 0
    office.package.remove(customers[0])
    await office.sync()
    assert str(customers[0]["Id"]) in await office.live()
    assert len(await office.events("RecordChanged")) == 3


async def test_a_deleted_record_that_comes_back_is_told_again(office: Office) -> None:
    customers = office.package.add_customers(3)
    await office.sync()
    office.package.remove(customers[0])
    await office.sync()
    await office.sync()
    office.package.items["customers"].append(customers[0])
    await office.sync()
    back = (await office.records())[str(customers[0]["Id"])]
    assert (back["deleted"], back["missed"], back["revision"]) == (False, 0, 3)
    versions = [
        e["_version"] for e in await office.events("RecordChanged") if e["external_id"] == customers[0]["Id"]
    ]
    assert versions == [1, 3]


async def test_a_filtered_listing_marks_nothing_missing(office: Office) -> None:
    customers = office.package.add_customers(5)
    await office.sync()
    office.package.remove(customers[0])
    for _ in range(3):
        office.package.later(hours=1)
        await office.sync(SyncMode.INCREMENTAL)
    assert {row["missed"] for row in (await office.records()).values()} == {0}


async def test_a_truncated_listing_marks_nothing_missing_and_is_read_again(office: Office) -> None:
    customers = office.package.add_customers(30)
    office.package.later(hours=1)
    await office.sync()
    office.package.items["customers"] = customers[:20]
    office.package.announced["customers"] = 30
    for _ in range(2):
        view = await office.sync()
        assert view.run.outcome is SyncOutcome.PARTIAL
        assert view.run.failure is not None
        assert view.run.failure.code == "listing_incomplete"
    assert len(await office.live()) == 30
    assert {row["missed"] for row in (await office.records()).values()} == {0}


async def test_an_incomplete_first_reading_leaves_no_watermark(office: Office) -> None:
    office.package.add_customers(20)
    office.package.announced["customers"] = 25
    await office.sync()
    office.package.announced.clear()
    office.package.calls.clear()
    await office.sync(SyncMode.INCREMENTAL)
    assert office.package.calls[0] == ("customers", 1, None)


async def test_the_delete_guard_keeps_everything_when_too_much_vanishes(office: Office) -> None:
    office.package.add_customers(60)
    await office.sync()
    office.package.items["customers"] = office.package.items["customers"][:30]
    for _ in range(3):
        view = await office.sync()
        assert view.run.outcome is SyncOutcome.PARTIAL
        assert view.run.failure is not None
        assert view.run.failure.code == "too_many_vanished"
        assert "30 of 60" in view.run.failure.detail
    assert len(await office.live()) == 60
    assert {row["missed"] for row in (await office.records()).values()} == {0}


async def test_an_unreadable_object_may_be_any_of_ours_so_nothing_is_marked(office: Office) -> None:
    customers = office.package.add_customers(5)
    await office.sync()
    office.package.remove(customers[0])
    office.package.items["customers"].append({"Name": "zonder Id"})
    await office.sync()
    assert {row["missed"] for row in (await office.records()).values()} == {0}


async def test_customers_do_not_vanish_from_the_list_of_suppliers(office: Office) -> None:
    office.package.add_customers(5)
    office.package.items["suppliers"] = [{"Id": "leverancier", "Name": "L"}]
    await office.sync()
    await office.sync()
    await office.sync()
    assert len(await office.live()) == 6


KEPT = "select 1 from listing_page join sync_run using (run_id) where administration_id = $1"


async def test_ids_are_kept_only_while_a_listing_is_read(office: Office) -> None:
    office.package.add_customers(25)
    await office.sync()
    await office.sync()
    assert await office.rows(KEPT) == []


async def test_a_run_that_fails_leaves_no_ids_behind(office: Office) -> None:
    office.package.add_customers(25)
    await office.sync()

    def broken(listing: str, number: int) -> None:
        if number == 3:
            raise failure(COMPANY_INACTIVE)

    office.package.fault = broken
    view = await office.sync()
    assert view.run.outcome is SyncOutcome.FAILED
    assert await office.rows(KEPT) == []
