"""Two complete listings in a row, no fewer, and never too much at once."""

from koppel.contracts.record import RecordDeleted
from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.providers.failures import COMPANY_INACTIVE, failure

from .organisation import Organisation


async def test_a_record_is_deleted_at_its_second_absence(organisation: Organisation) -> None:
    customers = organisation.provider.add_customers(15)
    await organisation.sync()
    gone = str(customers[4]["Id"])
    organisation.provider.remove(customers[4])
    first = await organisation.sync()
    assert first.listings[0].deleted == 0
    assert first.run.outcome is SyncOutcome.UNCHANGED
    assert (await organisation.records())[gone]["missed"] == 1
    assert gone in await organisation.live()
    second = await organisation.sync()
    assert second.listings[0].deleted == 1
    assert second.run.outcome is SyncOutcome.CHANGED
    assert gone not in await organisation.live()
    assert (await organisation.records())[gone]["revision"] == 2
    third = await organisation.sync()
    assert third.listings[0].deleted == 0


async def test_the_deletion_is_an_event_of_the_records_stream(organisation: Organisation) -> None:
    customers = organisation.provider.add_customers(3)
    await organisation.sync()
    organisation.provider.remove(customers[0])
    await organisation.sync()
    await organisation.sync()
    (row,) = await organisation.rows(
        "select payload, key, version from event_log where key like $1::uuid::text || '/%' and type = $2",
        RecordDeleted.type_name(),
    )
    event = RecordDeleted.model_validate_json(row["payload"])
    assert row["payload"] == event.model_dump_json()
    assert (event.key, event.revision) == (row["key"], row["version"])
    assert (event.external_id, event.revision) == (customers[0]["Id"], 2)


async def test_a_record_that_comes_back_loses_its_missing_mark(organisation: Organisation) -> None:
    customers = organisation.provider.add_customers(3)
    await organisation.sync()
    organisation.provider.remove(customers[0])
    await organisation.sync()
    organisation.provider.items["customers"].append(customers[0])
    await organisation.sync()
    assert (await organisation.records())[str(customers[0]["Id"])]["missed"] == 0
    organisation.provider.remove(customers[0])
    await organisation.sync()
    assert str(customers[0]["Id"]) in await organisation.live()
    assert len(await organisation.events("RecordChanged")) == 3


async def test_a_deleted_record_that_comes_back_is_told_again(organisation: Organisation) -> None:
    customers = organisation.provider.add_customers(3)
    await organisation.sync()
    organisation.provider.remove(customers[0])
    await organisation.sync()
    await organisation.sync()
    organisation.provider.items["customers"].append(customers[0])
    await organisation.sync()
    back = (await organisation.records())[str(customers[0]["Id"])]
    assert (back["deleted"], back["missed"], back["revision"]) == (False, 0, 3)
    versions = [
        e["_version"]
        for e in await organisation.events("RecordChanged")
        if e["external_id"] == customers[0]["Id"]
    ]
    assert versions == [1, 3]


async def test_a_filtered_listing_marks_nothing_missing(organisation: Organisation) -> None:
    customers = organisation.provider.add_customers(5)
    await organisation.sync()
    organisation.provider.remove(customers[0])
    for _ in range(3):
        organisation.provider.later(hours=1)
        await organisation.sync(SyncMode.INCREMENTAL)
    assert {row["missed"] for row in (await organisation.records()).values()} == {0}


async def test_a_truncated_listing_marks_nothing_missing_and_is_read_again(
    organisation: Organisation,
) -> None:
    customers = organisation.provider.add_customers(30)
    organisation.provider.later(hours=1)
    await organisation.sync()
    organisation.provider.items["customers"] = customers[:20]
    organisation.provider.announced["customers"] = 30
    for _ in range(2):
        view = await organisation.sync()
        assert view.run.outcome is SyncOutcome.PARTIAL
        assert view.run.failure is not None
        assert view.run.failure.code == "listing_incomplete"
    assert len(await organisation.live()) == 30
    assert {row["missed"] for row in (await organisation.records()).values()} == {0}


async def test_an_incomplete_first_reading_leaves_no_watermark(organisation: Organisation) -> None:
    organisation.provider.add_customers(20)
    organisation.provider.announced["customers"] = 25
    await organisation.sync()
    organisation.provider.announced.clear()
    organisation.provider.calls.clear()
    await organisation.sync(SyncMode.INCREMENTAL)
    assert organisation.provider.calls[0] == ("customers", 1, None)


async def test_the_delete_guard_keeps_everything_when_too_much_vanishes(organisation: Organisation) -> None:
    organisation.provider.add_customers(60)
    await organisation.sync()
    organisation.provider.items["customers"] = organisation.provider.items["customers"][:30]
    for _ in range(3):
        view = await organisation.sync()
        assert view.run.outcome is SyncOutcome.PARTIAL
        assert view.run.failure is not None
        assert view.run.failure.code == "too_many_vanished"
        assert "30 of 60" in view.run.failure.detail
    assert len(await organisation.live()) == 60
    assert {row["missed"] for row in (await organisation.records()).values()} == {0}


async def test_an_unreadable_object_may_be_any_of_ours_so_nothing_is_marked(
    organisation: Organisation,
) -> None:
    customers = organisation.provider.add_customers(5)
    await organisation.sync()
    organisation.provider.remove(customers[0])
    organisation.provider.items["customers"].append({"Name": "zonder Id"})
    await organisation.sync()
    assert {row["missed"] for row in (await organisation.records()).values()} == {0}


async def test_customers_do_not_vanish_from_the_list_of_suppliers(organisation: Organisation) -> None:
    organisation.provider.add_customers(5)
    organisation.provider.items["suppliers"] = [{"Id": "leverancier", "Name": "L"}]
    await organisation.sync()
    await organisation.sync()
    await organisation.sync()
    assert len(await organisation.live()) == 6


KEPT = "select 1 from listing_page join sync_run using (run_id) where administration_id = $1"


async def test_ids_are_kept_only_while_a_listing_is_read(organisation: Organisation) -> None:
    organisation.provider.add_customers(25)
    await organisation.sync()
    await organisation.sync()
    assert await organisation.rows(KEPT) == []


async def test_a_run_that_fails_leaves_no_ids_behind(organisation: Organisation) -> None:
    organisation.provider.add_customers(25)
    await organisation.sync()

    def broken(listing: str, number: int) -> None:
        if number == 3:
            raise failure(COMPANY_INACTIVE)

    organisation.provider.fault = broken
    view = await organisation.sync()
    assert view.run.outcome is SyncOutcome.FAILED
    assert await organisation.rows(KEPT) == []
