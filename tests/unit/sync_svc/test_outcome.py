"""A run's outcome is worked out, never assumed."""

from datetime import UTC, datetime

import pytest

from koppel.contracts.values import Failure, ResourceName, SyncOutcome, WhoMustAct
from sync_svc.domain.listing import ListingState, Reading, all_came, changed_since, count_resources
from sync_svc.domain.run import ending_of

FLAW = Failure(origin="provider", type="x", who_must_act=WhoMustAct.PROVIDER, code="x", detail="x")
DONE = Reading(resource=ResourceName.CONTACT, listing="customers", state=ListingState.DONE)


def reading(state: ListingState, **more: object) -> Reading:
    return Reading(resource=ResourceName.PROJECT, listing="projects", state=state, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("others", "outcome"),
    [
        ([], SyncOutcome.UNCHANGED),
        ([reading(ListingState.DONE, changed=1)], SyncOutcome.CHANGED),
        ([reading(ListingState.DONE, deleted=1)], SyncOutcome.CHANGED),
        ([reading(ListingState.DONE, changed=1, failure=FLAW)], SyncOutcome.PARTIAL),
        ([reading(ListingState.FAILED, failure=FLAW)], SyncOutcome.PARTIAL),
        ([reading(ListingState.UNSUPPORTED)], SyncOutcome.UNCHANGED),
    ],
)
def test_the_outcome_follows_from_the_listings(others: list[Reading], outcome: SyncOutcome) -> None:
    ending = ending_of([DONE, *others])
    assert ending.outcome is outcome
    assert ending.failure == next((each.failure for each in others if each.failure), None)


def test_a_run_without_one_good_listing_failed() -> None:
    ending = ending_of([reading(ListingState.FAILED, failure=FLAW), reading(ListingState.UNSUPPORTED)])
    assert (ending.outcome, ending.failure) == (SyncOutcome.FAILED, FLAW)


def test_two_listings_of_a_resource_are_counted_together() -> None:
    customers = Reading(
        resource=ResourceName.CONTACT,
        listing="customers",
        state=ListingState.DONE,
        fetched=5,
        changed=2,
        total=5,
    )
    suppliers = Reading(resource=ResourceName.CONTACT, listing="suppliers", fetched=0)
    (count,) = count_resources([customers, suppliers])
    assert (count.resource, count.state, count.fetched, count.changed) == ("contact", "running", 5, 2)
    assert count.total is None


def test_a_reading_is_whole_when_what_was_announced_came() -> None:
    assert all_came(reading(ListingState.RUNNING, total=10), distinct_ids=10)
    assert all_came(reading(ListingState.RUNNING, total=10, failed=2), distinct_ids=8)
    assert not all_came(reading(ListingState.RUNNING, total=10), distinct_ids=9)
    assert not all_came(reading(ListingState.RUNNING, total=10), distinct_ids=11)
    assert all_came(reading(ListingState.RUNNING, total=None), distinct_ids=3)


def test_a_filtered_reading_may_see_an_object_twice() -> None:
    since = datetime(2026, 11, 24, tzinfo=UTC)
    assert all_came(reading(ListingState.RUNNING, total=10, changed_since=since), distinct_ids=11)


def test_an_incremental_reading_starts_before_its_watermark() -> None:
    watermark = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert changed_since(watermark) == datetime(2026, 11, 24, 11, 55, tzinfo=UTC)
    assert changed_since(None) is None
