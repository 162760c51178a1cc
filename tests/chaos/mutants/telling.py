"""Seeded bugs of what is told of runs and of freshness."""

from collections.abc import Iterator, Sequence
from unittest.mock import patch

from tests.chaos.mutants.catalogue import changed, mutant

from sync_svc.adapters.postgres import views
from sync_svc.domain import progress
from sync_svc.domain.progress import Remaining


@mutant("end lies in the interval that was told", "end told wrongly")
def end_is_told_by_a_straight_line() -> Iterator[None]:
    def straight(history: Sequence[float], reached: int, elapsed: float) -> Remaining | None:
        left = elapsed * (100 - reached) / max(reached, 1)
        return Remaining(left * 0.8, left, left * 1.25) if history else None

    with patch.object(progress, "remaining", straight):
        yield


@mutant("what is paused is not fresh", "paused passes for fresh")
def pause_counts_as_fresh() -> Iterator[None]:
    statement = changed(views._FRESHNESS, " unmet,", " nullif(unmet, 'paused') as unmet,")
    with patch.object(views, "_FRESHNESS", statement):
        yield


@mutant("what was never read is not fresh for ever", "never read passes for fresh")
def first_load_counts_as_fresh() -> Iterator[None]:
    statement = changed(views._FRESHNESS, " unmet,", " nullif(unmet, 'never_synced') as unmet,")
    with patch.object(views, "_FRESHNESS", statement):
        yield
