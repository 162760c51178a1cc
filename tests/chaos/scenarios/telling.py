"""What is told of a run that works, and of data that grows old."""

from random import Random

from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.stage import Stage, expect
from tests.chaos.rig.synchronised import synchronised
from tests.chaos.scenarios.pausing import provider_down
from tests.unit.sync_svc.simulated_runs import simulated

from sync_svc.domain import progress
from sync_svc.domain.freshness import Unmet

_RUNS = 200


@scenario(criterion=20)
async def end_lies_in_the_interval_that_was_told(stage: Stage) -> None:  # a rule, without a database
    draw, inside = Random(1), 0
    for _ in range(_RUNS):
        history, percent, elapsed, left = simulated(draw)
        told = progress.remaining(history, percent, elapsed)
        inside += told is not None and told.low <= left <= told.high
    expect("end told wrongly", inside >= 0.8 * _RUNS, f"{inside} of {_RUNS} inside")


@scenario(criterion=20)
async def what_is_paused_is_not_fresh(stage: Stage) -> None:
    async with provider_down(stage, others=0) as here:
        one = here.organisations[0]
        async with one.work.begin(one.organisation_id) as tx:
            status = await tx.views.status(one.administration_id)
        unmet = None if status.freshness is None else status.freshness.unmet
        expect("paused passes for fresh", unmet is Unmet.PAUSED, f"{unmet}")


@scenario(criterion=20)
async def what_was_never_read_is_not_fresh_for_ever(stage: Stage) -> None:
    """It has the time that its data may get old, two hours here, for its first reading."""
    async with synchronised(stage) as here:
        for hours, told in ((1, None), (3, Unmet.NEVER_SYNCED)):
            await here.rows(
                f"update administration set imported_at = now() - interval '{hours} hours' "
                "where administration_id = $1 returning 1"
            )
            async with here.work.begin(here.organisation_id) as tx:
                status = await tx.views.status(here.administration_id)
            unmet = Unmet.LATE if status.freshness is None else status.freshness.unmet
            expect("never read passes for fresh", unmet is told, f"{unmet} after {hours} hours")
