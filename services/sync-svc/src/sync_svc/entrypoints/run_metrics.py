"""What a finished run adds to the metrics of its process."""

from koppel.contracts.values import SyncMode, SyncOutcome
from koppel.platform.telemetry import metrics
from sync_svc.application.views import RunView
from sync_svc.domain.listing import count_resources


def show_outcomes() -> None:
    """From the start of the process: a series that begins at three tells Prometheus of no increase, so that the first runs to
    fail would not count.
    """
    for mode in SyncMode:
        for outcome in SyncOutcome:
            metrics.count("koppel_sync_runs_total", 0, mode=mode.value, outcome=outcome.value)


def count_run(view: RunView) -> None:
    """Count the run, its records, and what it says of increments before it."""
    run = view.run
    outcome = "" if run.outcome is None else run.outcome.value
    metrics.count("koppel_sync_runs_total", mode=run.mode.value, outcome=outcome)
    if run.started_at is not None and run.finished_at is not None:
        seconds = (run.finished_at - run.started_at).total_seconds()
        metrics.observe("koppel_sync_run_seconds", seconds, mode=run.mode.value)
    for read in view.listings:
        if read.missed:
            metrics.count(
                "koppel_sync_missed_by_incremental_total", read.missed, resource=read.resource.value
            )
        if read.overlap:
            metrics.count("koppel_sync_overlap_raised_total", resource=read.resource.value)
    for count in count_resources(view.listings):
        for result in ("changed", "unchanged", "deleted", "failed"):
            metrics.count(
                "koppel_sync_records_total",
                getattr(count, result),
                resource=count.resource.value,
                result=result,
            )
