"""Records, their events and the cursor, written together and only when something changed."""

from uuid import UUID

from koppel.contracts.record import RecordChanged
from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.providers.eaccounting.contacts import CUSTOMERS
from koppel.providers.listed_records import read_items

from .organisation import Organisation


async def test_a_first_sync_stores_every_object_with_an_event_each(organisation: Organisation) -> None:
    customers = organisation.provider.add_customers(25)
    view = await organisation.sync()
    assert view.run.outcome is SyncOutcome.CHANGED
    (customers_read, _) = view.listings
    assert (customers_read.fetched, customers_read.changed, customers_read.unchanged) == (25, 25, 0)
    assert organisation.provider.pages_of("customers") == [1, 2, 3]
    records = await organisation.records()
    assert records.keys() == {str(item["Id"]) for item in customers}
    assert {row["revision"] for row in records.values()} == {1}
    assert len(await organisation.events("RecordChanged")) == 25


async def test_the_stored_event_is_what_the_model_would_have_written(organisation: Organisation) -> None:
    (customer,) = organisation.provider.add_customers(1)
    organisation.provider.change(
        customer, Name='Zeg "ja" \\ née\n☃', UnpaidInvoicesAmount=12.5, IsActive=True
    )
    await organisation.sync()
    (row,) = await organisation.rows(
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


async def test_raw_bodies_and_canonical_fields_come_back_as_they_were(organisation: Organisation) -> None:
    (customer,) = organisation.provider.add_customers(1)
    await organisation.sync()
    (row,) = (await organisation.records()).values()
    assert row["raw"] == customer
    assert row["data"]["name"] == customer["Name"]


async def test_an_unchanged_page_writes_no_row_and_no_event(organisation: Organisation) -> None:
    organisation.provider.add_customers(25)
    await organisation.sync()
    before, told = await organisation.records(), len(await organisation.events("RecordChanged"))
    view = await organisation.sync()
    assert view.run.outcome is SyncOutcome.UNCHANGED
    assert view.listings[0].unchanged == 25
    assert await organisation.records() == before
    assert len(await organisation.events("RecordChanged")) == told


async def test_a_changed_object_alone_is_written_with_the_next_version_of_its_stream(
    organisation: Organisation,
) -> None:
    customers = organisation.provider.add_customers(12)
    await organisation.sync()
    before = await organisation.records()
    organisation.provider.change(customers[3], Name="Anders")
    await organisation.sync()
    after = await organisation.records()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {customers[3]["Id"]}
    events = [e for e in await organisation.events("RecordChanged") if e["external_id"] == customers[3]["Id"]]
    assert [(event["revision"], event["_version"]) for event in events] == [(1, 1), (2, 2)]
    assert events[1]["data"]["name"] == "Anders"


async def test_an_incremental_sync_asks_by_the_providers_own_clock(organisation: Organisation) -> None:
    customers = organisation.provider.add_customers(30)
    organisation.provider.later(hours=1)
    await organisation.sync()
    read_at = organisation.provider.time
    organisation.provider.later(hours=2)
    organisation.provider.change(customers[0], Name="Nieuw")
    added = organisation.provider.add_customers(1)
    organisation.provider.calls.clear()
    view = await organisation.sync(SyncMode.INCREMENTAL)
    (name, number, since) = organisation.provider.calls[0]
    assert (name, number) == ("customers", 1)
    assert since == read_at
    assert (view.listings[0].fetched, view.listings[0].changed) == (2, 2)
    assert str(added[0]["Id"]) in await organisation.records()


async def test_a_listing_without_a_change_date_is_read_whole_each_time(organisation: Organisation) -> None:
    organisation.provider.items["vatcodes"] = [{"Id": str(n), "Code": f"V{n}"} for n in range(3)]
    await organisation.sync(resources=None)
    organisation.provider.calls.clear()
    view = await organisation.sync(SyncMode.INCREMENTAL, resources=None)
    assert [since for name, _, since in organisation.provider.calls if name == "vatcodes"] == [None]
    assert {progress.listing: progress.fetched for progress in view.listings}["vatcodes"] == 3


async def test_objects_of_an_unknown_form_are_counted_and_the_others_kept(organisation: Organisation) -> None:
    organisation.provider.add_customers(5)
    organisation.provider.items["customers"].append({"Name": "zonder Id"})
    view = await organisation.sync()
    assert view.run.outcome is SyncOutcome.PARTIAL
    assert view.run.failure is not None
    assert (view.run.failure.code, view.listings[0].failed) == ("records_unreadable", 1)
    assert len(await organisation.records()) == 5


async def test_an_empty_provider_is_a_normal_end(organisation: Organisation) -> None:
    view = await organisation.sync(resources=None)
    assert view.run.outcome is SyncOutcome.UNCHANGED
    assert view.run.percent == 100


async def test_what_a_run_writes_is_caused_by_its_request(organisation: Organisation) -> None:
    organisation.provider.add_customers(1)
    run_id = await organisation.ask(organisation.request())
    await organisation.rows(
        "update sync_run set correlation_id = $2, causation_id = $3 where administration_id = $1 returning 1",
        organisation.connection_id,
        organisation.grant_id,
    )
    await organisation.perform(run_id)
    causes = await organisation.rows(
        "select distinct correlation_id, causation_id from event_log "
        "where key like $1::uuid::text || '%' and type <> 'nl.koppel.SyncRequested.v1'"
    )
    assert causes == [{"correlation_id": organisation.connection_id, "causation_id": organisation.grant_id}]


async def test_a_run_tells_of_its_start_progress_and_end(organisation: Organisation) -> None:
    organisation.provider.add_customers(11)
    request = organisation.request()
    run_id = await organisation.ask(request)
    await organisation.perform(run_id)
    (started,) = await organisation.events("SyncStarted")
    assert started["sync_request_ids"] == [str(request.sync_request_id)]
    assert started["resources"] == ["contact"]
    progressed = await organisation.events("SyncProgressed")
    percents = [event["percent"] for event in progressed]
    assert percents == sorted(percents)
    assert progressed[0]["resources"][0]["fetched"] > 0
    (completed,) = await organisation.events("SyncCompleted")
    assert completed["resources"][0]["fetched"] == 11
    assert (completed["outcome"], completed["run_id"]) == ("changed", str(run_id))
    assert completed["resources"][0]["state"] == "done"


async def test_progress_tells_an_end_by_the_runs_before_and_none_without(organisation: Organisation) -> None:
    organisation.provider.add_customers(11)
    for _ in range(2):
        await organisation.sync()
    told: dict[object, list[object]] = {}
    for event in await organisation.events("SyncProgressed"):
        told.setdefault(event["run_id"], []).append(event["eta_seconds"])
    first, second = told.values()
    assert set(first) == {None}
    assert None not in second
