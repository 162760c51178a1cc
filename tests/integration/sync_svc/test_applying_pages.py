"""Records, their events and the cursor, written together and only when something changed."""

from uuid import UUID

from koppel.contracts.record import RecordChanged
from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.providers.eaccounting.contacts import CUSTOMERS
from koppel.providers.listed_records import read_items

from .office import Office


async def test_a_first_sync_stores_every_object_with_an_event_each(office: Office) -> None:
    customers = office.package.add_customers(25)
    view = await office.sync()
    assert view.run.outcome is SyncOutcome.CHANGED
    (customers_read, _) = view.listings
    assert (customers_read.fetched, customers_read.changed, customers_read.unchanged) == (25, 25, 0)
    assert office.package.pages_of("customers") == [1, 2, 3]
    records = await office.records()
    assert records.keys() == {str(item["Id"]) for item in customers}
    assert {row["revision"] for row in records.values()} == {1}
    assert len(await office.events("RecordChanged")) == 25


async def test_the_stored_event_is_what_the_model_would_have_written(office: Office) -> None:
    (customer,) = office.package.add_customers(1)
    office.package.change(customer, Name='Zeg "ja" \\ née\n☃', UnpaidInvoicesAmount=12.5, IsActive=True)
    await office.sync()
    (row,) = await office.rows(
        "select payload, key, version, organisation_id, occurred_at, event_id from event_log "
        "where key like $1::uuid::text || '/%'"
    )
    event = RecordChanged.model_validate_json(row["payload"])
    assert row["payload"] == event.model_dump_json()
    ((expected,), _) = read_items([customer], CUSTOMERS)
    assert event.data == expected.data
    assert (event.key, event.revision) == (row["key"], row["version"])
    assert (event.organisation_id, event.changed_at) == (row["organisation_id"], row["occurred_at"])
    assert UUID(str(row["event_id"])).version == 7


async def test_raw_bodies_and_canonical_fields_come_back_as_they_were(office: Office) -> None:
    (customer,) = office.package.add_customers(1)
    await office.sync()
    (row,) = (await office.records()).values()
    assert row["raw"] == customer
    assert row["data"]["name"] == customer["Name"]


async def test_an_unchanged_page_writes_no_row_and_no_event(office: Office) -> None:
    office.package.add_customers(25)
    await office.sync()
    before, told = await office.records(), len(await office.events("RecordChanged"))
    view = await office.sync()
    assert view.run.outcome is SyncOutcome.UNCHANGED
    assert view.listings[0].unchanged == 25
    assert await office.records() == before
    assert len(await office.events("RecordChanged")) == told


async def test_a_changed_object_alone_is_written_with_the_next_version_of_its_stream(office: Office) -> None:
    customers = office.package.add_customers(12)
    await office.sync()
    before = await office.records()
    office.package.change(customers[3], Name="Anders")
    await office.sync()
    after = await office.records()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {customers[3]["Id"]}
    events = [e for e in await office.events("RecordChanged") if e["external_id"] == customers[3]["Id"]]
    assert [(event["revision"], event["_version"]) for event in events] == [(1, 1), (2, 2)]
    assert events[1]["data"]["name"] == "Anders"


async def test_an_incremental_sync_asks_by_the_packages_own_clock(office: Office) -> None:
    customers = office.package.add_customers(30)
    office.package.later(hours=1)
    await office.sync()
    read_at = office.package.time
    office.package.later(hours=2)
    office.package.change(customers[0], Name="Nieuw")
    added = office.package.add_customers(1)
    office.package.calls.clear()
    view = await office.sync(SyncMode.INCREMENTAL)
    (name, number, since) = office.package.calls[0]
    assert (name, number) == ("customers", 1)
    assert since == read_at
    assert (view.listings[0].fetched, view.listings[0].changed) == (2, 2)
    assert str(added[0]["Id"]) in await office.records()


async def test_a_listing_without_a_change_date_is_read_whole_each_time(office: Office) -> None:
    office.package.items["vatcodes"] = [{"Id": str(n), "Code": f"V{n}"} for n in range(3)]
    await office.sync(resources=None)
    office.package.calls.clear()
    view = await office.sync(SyncMode.INCREMENTAL, resources=None)
    assert [since for name, _, since in office.package.calls if name == "vatcodes"] == [None]
    assert {progress.listing: progress.fetched for progress in view.listings}["vatcodes"] == 3


async def test_objects_of_an_unknown_form_are_counted_and_the_others_kept(office: Office) -> None:
    office.package.add_customers(5)
    office.package.items["customers"].append({"Name": "zonder Id"})
    view = await office.sync()
    assert view.run.outcome is SyncOutcome.PARTIAL
    assert view.run.failure is not None
    assert (view.run.failure.code, view.listings[0].failed) == ("records_unreadable", 1)
    assert len(await office.records()) == 5


async def test_an_empty_package_is_a_normal_end(office: Office) -> None:
    view = await office.sync(resources=None)
    assert view.run.outcome is SyncOutcome.UNCHANGED
    assert view.run.percent == 100


async def test_what_a_run_writes_is_caused_by_its_request(office: Office) -> None:
    office.package.add_customers(1)
    run_id = await office.ask(office.request())
    await office.rows(
        "update sync_run set correlation_id = $2, causation_id = $3 where administration_id = $1 returning 1",
        office.connection_id,
        office.grant_id,
    )
    await office.perform(run_id)
    causes = await office.rows(
        "select distinct correlation_id, causation_id from event_log "
        "where key like $1::uuid::text || '%' and type <> 'nl.koppel.SyncRequested.v1'"
    )
    assert causes == [{"correlation_id": office.connection_id, "causation_id": office.grant_id}]


async def test_a_run_tells_of_its_start_progress_and_end(office: Office) -> None:
    office.package.add_customers(11)
    request = office.request()
    run_id = await office.ask(request)
    await office.perform(run_id)
    (started,) = await office.events("SyncStarted")
    assert started["sync_request_ids"] == [str(request.sync_request_id)]
    assert started["resources"] == ["contact"]
    progressed = await office.events("SyncProgressed")
    percents = [event["percent"] for event in progressed]
    assert percents == sorted(percents)
    assert progressed[0]["resources"][0]["fetched"] > 0
    (completed,) = await office.events("SyncCompleted")
    assert completed["resources"][0]["fetched"] == 11
    assert (completed["outcome"], completed["run_id"]) == ("changed", str(run_id))
    assert completed["resources"][0]["state"] == "done"
