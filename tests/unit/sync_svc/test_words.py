"""Words and numbers that are stored, sent or promised: a change of one is a change of what others read."""

from datetime import UTC, datetime, timedelta

import pytest

from koppel.contracts import failures
from koppel.contracts.values import Failure, ResourceName, SyncMode, SyncTrigger, WhoMustAct
from koppel.kernel.ids import new_id
from koppel.providers.reading import Instant
from sync_svc.domain import (
    administration,
    failure,
    freshness,
    held_deletion,
    listing,
    removal,
    request,
    run,
    schedule,
    watermark,
)


def test_states_are_stored_by_these_words() -> None:
    assert list(run.RunState) == ["queued", "running", "deferred", "finished"]
    assert list(listing.ListingState) == ["waiting", "running", "done", "failed", "unsupported"]
    assert list(administration.GrantState) == ["active", "reauthorization_required", "revoked"]
    assert administration.REMOVED_WITH_CONNECTION == "connection_deleted"
    assert run.LEASE_KIND == "sync_run"


def test_priorities_are_stored_by_these_numbers() -> None:
    assert [each.value for each in request.Priority] == [0, 1, 2]


def test_bounds_are_those_that_are_documented() -> None:
    assert (run.MOST_STARTS_WITHOUT_PROGRESS, run.MOST_DEFERRALS_WITHOUT_PROGRESS) == (5, 20)
    assert failure.LONGEST_PAUSE == 30.0
    assert timedelta(days=1) == watermark.LONGEST_OVERLAP
    assert timedelta(minutes=5) == Instant("").overlap
    assert (removal.MISSES_THAT_DELETE, removal.GUARD_FLOOR, removal.GUARD_SHARE) == (2, 20, 0.25)
    assert schedule.Every(60) == schedule.DEFAULT_SCHEDULE
    assert (schedule.SHORTEST_INTERVAL_MINUTES, schedule.LONGEST_INTERVAL_MINUTES) == (5, 10_080)


@pytest.mark.parametrize(
    ("told", "origin", "type_", "who", "code"),
    [
        (failures.CONNECTION_REVOKED, "connection", "revoked", WhoMustAct.CUSTOMER, "connection_revoked"),
        (
            failures.REAUTHORIZATION_REQUIRED,
            "connection",
            "reauthorization_required",
            WhoMustAct.CUSTOMER,
            "reauthorization_required",
        ),
        (
            failure.ADMINISTRATION_REMOVED,
            "administration",
            "removed",
            WhoMustAct.CUSTOMER,
            "administration_removed",
        ),
        (failures.UNKNOWN_PROVIDER, "configuration", "unknown_provider", WhoMustAct.US, "unknown_provider"),
        (failure.NOTHING_OFFERED, "sync", "nothing_to_do", WhoMustAct.US, "resource_not_offered"),
        (failure.NO_PROGRESS, "sync", "no_progress", WhoMustAct.US, "no_progress"),
        (failure.TOKEN_UNAVAILABLE, "connection-svc", "unavailable", WhoMustAct.US, "token_unavailable"),
    ],
)
def test_a_failure_says_where_it_comes_from_and_who_must_act(
    told: Failure, origin: str, type_: str, who: WhoMustAct, code: str
) -> None:
    assert _told(told) == (origin, type_, who, code)


def _told(failure_: Failure) -> tuple[str, str, WhoMustAct, str]:
    return failure_.origin, failure_.type, failure_.who_must_act, failure_.code


def test_a_failure_of_a_listing_shows_its_evidence() -> None:
    vanished = failure.too_many_vanished("customers", 3, 4)
    assert _told(vanished) == ("provider", "suspicious_listing", WhoMustAct.US, "too_many_vanished")
    assert "3 of 4 records" in vanished.detail
    incomplete = failure.listing_incomplete("customers", 3, 4)
    assert _told(incomplete) == ("provider", "incomplete_listing", WhoMustAct.PROVIDER, "listing_incomplete")
    assert "customers brought 3 of 4" in incomplete.detail
    unreadable = failure.records_unreadable("customers", 3)
    assert _told(unreadable) == ("provider", "unreadable_records", WhoMustAct.US, "records_unreadable")
    assert "3 objects of the listing customers" in unreadable.detail


def test_a_new_run_has_come_nowhere() -> None:
    ids = new_id()
    new = run.Run(
        run_id=ids,
        organisation_id=ids,
        administration_id=ids,
        trigger=SyncTrigger.USER,
        wanted=request.Wanted(SyncMode.FULL),
        state=run.RunState.QUEUED,
        requested_by="user/1",
        requested_at=datetime(2026, 11, 24, tzinfo=UTC),
    )
    assert (new.percent, new.starts_without_progress, new.deferrals_without_progress) == (0, 0, 0)
    assert new.mode is SyncMode.FULL
    assert (new.calls, new.priority) == (0, request.Priority.INCREMENTAL)


def test_a_new_listing_has_missed_nothing() -> None:
    new = listing.ListingProgress(resource=ResourceName.CONTACT, listing="customers")
    assert (new.fetched, new.changed, new.deleted, new.unchanged, new.failed, new.missed) == (0,) * 6


def test_what_waits_is_held_or_is_late_says_so_by_these_words() -> None:
    assert list(run.WaitingFor) == ["budget", "turn", "pause"]
    assert list(freshness.Unmet) == ["paused", "never_synced", "late"]
    assert list(held_deletion.HeldState) == ["open", "released", "rejected"]
    assert held_deletion.MOST_EXAMPLES == 5
    assert (freshness.SHORTEST_OBJECTIVE_MINUTES, freshness.LONGEST_OBJECTIVE_MINUTES) == (5, 129_600)
