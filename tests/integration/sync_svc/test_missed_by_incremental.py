"""Changes that increments missed: a whole reading counts them, and increments ask from earlier afterwards."""

from datetime import datetime

from koppel.contracts.values import SyncMode
from sync_svc.entrypoints.http.runs import shown

from .organisation import Organisation

FULL, INCREMENTAL = SyncMode.FULL, SyncMode.INCREMENTAL


async def read_twice(organisation: Organisation) -> None:
    organisation.provider.add_customers(10)
    await organisation.sync(FULL)
    organisation.provider.later(hours=1)
    await organisation.sync(INCREMENTAL)


async def test_a_change_that_is_stamped_before_what_was_read_is_counted(organisation: Organisation) -> None:
    await read_twice(organisation)
    customer = organisation.provider.items["customers"][3]
    customer["Name"] = "Stil gewijzigd"  # and its stamp says that nothing happened
    view = await organisation.sync(INCREMENTAL)
    assert (view.listings[0].changed, view.listings[0].missed) == (0, 0)
    view = await organisation.sync(FULL)
    assert (view.listings[0].changed, view.listings[0].missed) == (1, 1)
    [*_, told] = await organisation.events("SyncCompleted")
    assert (told["missed_by_incremental"], told["overlap_raised_to_seconds"]) == (1, 600)
    assert shown(view).overlap_raised_to_seconds == 600


async def test_a_change_that_no_increment_has_been_asked_for_yet_is_not_missed(
    organisation: Organisation,
) -> None:
    await read_twice(organisation)
    organisation.provider.later(hours=1)
    organisation.provider.change(organisation.provider.items["customers"][3], Name="Gewoon gewijzigd")
    view = await organisation.sync(FULL)
    assert (view.listings[0].changed, view.listings[0].missed) == (1, 0)
    [*_, told] = await organisation.events("SyncCompleted")
    assert (told["missed_by_incremental"], told["overlap_raised_to_seconds"]) == (0, None)
    assert shown(view).overlap_raised_to_seconds is None


async def test_a_first_reading_misses_nothing(organisation: Organisation) -> None:
    organisation.provider.add_customers(10)
    view = await organisation.sync(FULL)
    assert view.listings[0].missed == 0


async def asked_from(organisation: Organisation) -> datetime:
    organisation.provider.calls.clear()
    await organisation.sync(INCREMENTAL)
    since = next(since for listing, _, since in organisation.provider.calls if listing == "customers")
    assert since is not None
    return since


async def test_increments_ask_from_earlier_after_misses_and_the_watermark_does_not_fall(
    organisation: Organisation,
) -> None:
    await read_twice(organisation)
    before = await asked_from(organisation)
    organisation.provider.items["customers"][3]["Name"] = "Stil gewijzigd"
    await organisation.sync(FULL)
    watermark = await held(organisation)
    after = await asked_from(organisation)
    assert (before - after).total_seconds() == 600
    assert await held(organisation) == watermark
    organisation.provider.items["customers"][4]["Name"] = "En nog een"
    await organisation.sync(FULL)
    assert (before - await asked_from(organisation)).total_seconds() == 1200


async def test_an_overlap_of_a_day_is_not_raised_and_no_run_says_so(organisation: Organisation) -> None:
    await read_twice(organisation)
    await organisation.rows(
        "update sync_cursor set overlap_seconds = 86400 where administration_id = $1 and listing = 'customers' returning 1"
    )
    organisation.provider.items["customers"][3]["Name"] = "Stil gewijzigd"
    view = await organisation.sync(FULL)
    assert (view.listings[0].missed, view.listings[0].overlap) == (1, None)


async def held(organisation: Organisation) -> str:
    [row] = await organisation.rows(
        "select watermark_value from sync_cursor where administration_id = $1 and listing = 'customers'"
    )
    value: str = row["watermark_value"]
    return value
