"""What is told of a run that works."""

from random import Random

from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.stage import Stage, expect
from tests.unit.sync_svc.simulated_runs import simulated

from sync_svc.domain import progress

_RUNS = 200


@scenario(criterion=20)
async def end_lies_in_the_interval_that_was_told(stage: Stage) -> None:  # a rule, without a database
    draw, inside = Random(1), 0
    for _ in range(_RUNS):
        history, percent, elapsed, left = simulated(draw)
        told = progress.remaining(history, percent, elapsed)
        inside += told is not None and told.low <= left <= told.high
    expect("end told wrongly", inside >= 0.8 * _RUNS, f"{inside} of {_RUNS} inside")
