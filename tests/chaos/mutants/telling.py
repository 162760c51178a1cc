"""Seeded bugs of what is told of runs that work."""

from collections.abc import Iterator, Sequence
from unittest.mock import patch

from tests.chaos.mutants.catalogue import mutant

from sync_svc.domain import progress
from sync_svc.domain.progress import Remaining


@mutant("end lies in the interval that was told", "end told wrongly")
def end_is_told_by_a_straight_line() -> Iterator[None]:
    def straight(history: Sequence[float], reached: int, elapsed: float) -> Remaining | None:
        left = progress.eta_seconds(reached, elapsed)
        return None if not history or left is None else Remaining(left * 0.8, left, left * 1.25)

    with patch.object(progress, "remaining", straight):
        yield
