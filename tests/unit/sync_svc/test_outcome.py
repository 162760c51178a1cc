"""A run's outcome is worked out, never assumed."""

import pytest

from koppel.contracts.values import Failure, ResourceName, SyncOutcome, WhoMustAct
from koppel.providers.reading import Watermark, WatermarkKind
from sync_svc.domain.listing import ListingProgress, ListingState, all_came, count_resources, not_read
from sync_svc.domain.run import came_no_further, ending_of

FLAW = Failure(origin="provider", type="x", who_must_act=WhoMustAct.PROVIDER, code="x", detail="x")
DONE = ListingProgress(resource=ResourceName.CONTACT, listing="customers", state=ListingState.DONE)


def listing(state: ListingState, **more: object) -> ListingProgress:
    return ListingProgress(resource=ResourceName.PROJECT, listing="projects", state=state, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("others", "outcome"),
    [
        ([], SyncOutcome.UNCHANGED),
        ([listing(ListingState.DONE, changed=1)], SyncOutcome.CHANGED),
        ([listing(ListingState.DONE, deleted=1)], SyncOutcome.CHANGED),
        ([listing(ListingState.DONE, changed=1, deleted=1)], SyncOutcome.CHANGED),
        ([listing(ListingState.FAILED)], SyncOutcome.PARTIAL),
        ([listing(ListingState.DONE, changed=1, failure=FLAW)], SyncOutcome.PARTIAL),
        ([listing(ListingState.FAILED, failure=FLAW)], SyncOutcome.PARTIAL),
        ([listing(ListingState.UNSUPPORTED)], SyncOutcome.UNCHANGED),
    ],
)
def test_the_outcome_follows_from_the_listings(others: list[ListingProgress], outcome: SyncOutcome) -> None:
    ending = ending_of([DONE, *others])
    assert ending.outcome is outcome
    assert ending.failure == next((each.failure for each in others if each.failure), None)


def test_a_run_without_one_good_listing_failed() -> None:
    ending = ending_of([listing(ListingState.FAILED, failure=FLAW), listing(ListingState.UNSUPPORTED)])
    assert (ending.outcome, ending.failure) == (SyncOutcome.FAILED, FLAW)


def test_a_run_that_nothing_was_offered_to_changed_nothing() -> None:
    assert ending_of([listing(ListingState.UNSUPPORTED)]).outcome is SyncOutcome.UNCHANGED


def test_a_new_reading_begins_at_the_first_page_with_nothing_counted() -> None:
    new = ListingProgress(resource=ResourceName.CONTACT, listing="customers")
    assert (new.state, new.next_page, new.at_end, new.keeps_ids) == (ListingState.WAITING, 1, False, False)
    assert (new.fetched, new.changed, new.deleted, new.unchanged, new.failed) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("state", "ended"),
    [
        (ListingState.WAITING, False),
        (ListingState.RUNNING, False),
        (ListingState.DONE, True),
        (ListingState.FAILED, True),
        (ListingState.UNSUPPORTED, True),
    ],
)
def test_a_listing_has_ended_when_nothing_more_of_it_comes(state: ListingState, ended: bool) -> None:
    assert state.ended is ended


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("failed", "running", "failed"),
        ("running", "waiting", "running"),
        ("waiting", "unsupported", "waiting"),
        ("running", "done", "running"),
        ("done", "unsupported", "done"),
        ("waiting", "done", "running"),
        ("unsupported", "unsupported", "unsupported"),
    ],
)
def test_a_resource_is_as_far_as_its_worst_listing(one: str, other: str, together: str) -> None:
    listings = [listing(ListingState(one)), listing(ListingState(other))]
    assert [count.state for count in count_resources(listings)] == [together]
    assert [count.state for count in count_resources(listings[::-1])] == [together]


def test_each_resource_is_counted_by_itself() -> None:
    counts = count_resources([DONE, listing(ListingState.DONE, fetched=3, total=4, failed=1, unchanged=2)])
    assert [(count.resource, count.fetched, count.total) for count in counts] == [
        ("contact", 0, None),
        ("project", 3, 4),
    ]
    assert (counts[1].failed, counts[1].unchanged) == (1, 2)


def test_the_total_of_a_resource_is_the_sum_of_its_listings() -> None:
    (count,) = count_resources([listing(ListingState.DONE, total=each) for each in (5, 0, 3)])
    assert count.total == 8


def test_two_listings_of_a_resource_are_counted_together() -> None:
    customers = ListingProgress(
        resource=ResourceName.CONTACT,
        listing="customers",
        state=ListingState.DONE,
        fetched=5,
        changed=2,
        total=5,
    )
    suppliers = ListingProgress(resource=ResourceName.CONTACT, listing="suppliers", fetched=0)
    (count,) = count_resources([customers, suppliers])
    assert (count.resource, count.state, count.fetched, count.changed) == ("contact", "running", 5, 2)
    assert count.total is None


@pytest.mark.parametrize(
    ("progress", "reason"),
    [
        (DONE, None),
        (listing(ListingState.UNSUPPORTED), "module_unavailable"),
        (listing(ListingState.FAILED, failure=FLAW), "x"),
        (listing(ListingState.DONE, failure=FLAW), "x"),
        (listing(ListingState.RUNNING), "cancelled"),
        (listing(ListingState.WAITING), "cancelled"),
    ],
)
def test_a_resource_that_was_not_read_wholly_says_why(progress: ListingProgress, reason: str | None) -> None:
    (count,) = count_resources([progress], "cancelled")
    assert count.reason == reason


def test_a_resource_that_nothing_was_read_of_has_counted_nothing() -> None:
    nothing = not_read(ResourceName.CONTACT, None)
    counts = (nothing.fetched, nothing.changed, nothing.deleted, nothing.unchanged, nothing.failed)
    assert (counts, nothing.total) == ((0, 0, 0, 0, 0), None)


def test_a_resource_that_is_still_to_be_read_has_no_reason() -> None:
    (count,) = count_resources([listing(ListingState.WAITING)])
    assert count.reason is None


def test_only_a_run_that_came_no_further_says_so() -> None:
    told = {each: came_no_further(each, FLAW) for each in SyncOutcome}
    assert {each: code for each, code in told.items() if code is not None} == {
        SyncOutcome.FAILED: "x",
        SyncOutcome.ABANDONED: "x",
        SyncOutcome.CANCELLED: "cancelled",
    }


def test_a_reading_is_whole_when_what_was_announced_came() -> None:
    assert all_came(listing(ListingState.RUNNING, total=10), distinct_ids=10)
    assert all_came(listing(ListingState.RUNNING, total=10, failed=2), distinct_ids=8)
    assert not all_came(listing(ListingState.RUNNING, total=10), distinct_ids=9)
    assert not all_came(listing(ListingState.RUNNING, total=10), distinct_ids=11)
    assert all_came(listing(ListingState.RUNNING, total=None), distinct_ids=3)


def test_a_filtered_reading_may_see_an_object_twice() -> None:
    since = Watermark(WatermarkKind.INSTANT, "2026-11-24T12:00:00Z")
    assert all_came(listing(ListingState.RUNNING, total=10, since=since), distinct_ids=11)
    assert not all_came(listing(ListingState.RUNNING, total=10, since=since), distinct_ids=9)


@pytest.mark.parametrize("outcome", [SyncOutcome.FAILED, SyncOutcome.ABANDONED])
def test_a_run_that_failed_without_saying_why_gives_no_reason(outcome: SyncOutcome) -> None:
    assert came_no_further(outcome, None) is None
