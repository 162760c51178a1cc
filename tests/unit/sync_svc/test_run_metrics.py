"""What a run says in numbers: changes that increments missed, and that they ask from earlier for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from koppel.contracts.values import ResourceName, SyncMode, SyncOutcome, SyncTrigger
from koppel.kernel.ids import new_id
from koppel.platform.telemetry import metrics
from koppel.platform.telemetry.metrics import Metrics
from koppel.providers.catalogue import PROFILES
from sync_svc.application.views import RunView
from sync_svc.domain.listing import ListingProgress, ListingState, raised_to
from sync_svc.domain.request import Wanted
from sync_svc.domain.run import Run, RunState
from sync_svc.entrypoints import jobs, run_metrics
from sync_svc.entrypoints.jobs import Jobs
from sync_svc.entrypoints.run_metrics import count_run

RUN = Run(
    run_id=new_id(),
    organisation_id=new_id(),
    administration_id=new_id(),
    trigger=SyncTrigger.SCHEDULE,
    wanted=Wanted(SyncMode.FULL, None),
    state=RunState.FINISHED,
    requested_by="sync-svc",
    requested_at=datetime(2026, 11, 24, tzinfo=UTC),
)


def listing(name: str, missed: int, minutes: int | None) -> ListingProgress:
    return ListingProgress(
        resource=ResourceName.COST_CENTER,
        listing=name,
        state=ListingState.DONE,
        missed=missed,
        overlap=None if minutes is None else timedelta(minutes=minutes),
    )


def test_the_longest_overlap_that_a_run_raised_is_told() -> None:
    assert raised_to([listing("a", 1, 10), listing("b", 4, 40), listing("c", 0, None)]) == 2400
    assert raised_to([listing("a", 1, None)]) is None
    assert raised_to([]) is None


def test_every_outcome_is_shown_before_the_first_run_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prometheus sees no increase in a series that begins: twelve runs that fail at once after a start would be none."""
    fresh = Metrics()
    monkeypatch.setattr(run_metrics, "metrics", fresh)
    nobody: Any = None
    Jobs(nobody, nobody, nobody, nobody, keep_runs=timedelta(days=1))
    shown = [
        line
        for line in fresh.exposition().decode().splitlines()
        if line.startswith("koppel_sync_runs_total{")
    ]
    assert 'koppel_sync_runs_total{mode="incremental",outcome="failed"} 0.0' in shown
    assert len(shown) == len(SyncMode) * len(SyncOutcome)


def test_a_pause_of_each_provider_is_shown_before_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The alert on new pauses compares with hours ago, and the page names who is paused."""
    fresh = Metrics()
    monkeypatch.setattr(jobs, "metrics", fresh)
    nobody: Any = None
    Jobs(nobody, nobody, nobody, nobody, keep_runs=timedelta(days=1))
    shown = fresh.exposition().decode()
    for profile in PROFILES:
        labels = f'cause="client_invalid",provider="{profile.id}",scope="provider"'
        assert f"koppel_sync_pauses{{{labels}}} NaN" in shown
    assert 'koppel_sync_pauses{cause="request_refused",provider="",scope="resource"} NaN' in shown


def test_misses_and_raised_overlaps_are_counted_by_resource() -> None:
    def counted() -> tuple[float, float]:
        label = ResourceName.COST_CENTER.value
        return (
            metrics.value("koppel_sync_missed_by_incremental_total", resource=label),
            metrics.value("koppel_sync_overlap_raised_total", resource=label),
        )

    missed, raised = counted()
    count_run(RunView(RUN, [listing("a", 3, 10), listing("b", 2, None), listing("c", 0, None)]))
    assert counted() == (missed + 5, raised + 1)
