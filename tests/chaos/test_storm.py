"""Writers, relays and consumers as processes under every kind of fault at once; then the truth is compared."""

import pytest
from tests.chaos.criteria.figures import Figure, Report
from tests.chaos.rig.evidence import Outcome
from tests.chaos.rig.nemesis import Nemesis
from tests.chaos.rig.run import HEALS_WITHIN, Run
from tests.chaos.rig.schedule import LONG, MINUTES, SEED
from tests.chaos.rig.servers import Servers
from tests.chaos.rig.watching import first_event_through

_SECONDS = MINUTES * 60 if LONG else 15.0
_SERVER_KILLS = max(1, round(MINUTES * 2))
_ENDLESS = 1_000_000
_STARTS_WITHIN = 60.0
"""Seconds; who has not begun yet has nothing to lose."""


@pytest.mark.timeout(_SECONDS * 3 + 240)
async def test_nothing_is_lost_doubled_or_turned_round_in_a_storm(
    chaos_run: Run, servers: Servers, report: Report
) -> None:
    crew = chaos_run.crew
    for number in range(2):
        crew.start(f"relay-{number}", "relay")
        crew.start(f"consumer-{number}", "consumer", instance=str(number))
    crew.start("writer", "writer", operations=_ENDLESS, seed=SEED, tasks=6, delay=0.2, failing=0.05)
    await first_event_through(chaos_run.ledger, within=_STARTS_WITHIN)
    nemesis = Nemesis(chaos_run, servers, SEED)
    await nemesis.storm(_SECONDS, server_kills=_SERVER_KILLS)
    crew.drop("writer")
    took = await chaos_run.healed()
    report.says(
        8,
        f"a storm of {_SECONDS:.0f} s, seed {SEED}",
        Figure(criterion=8, name="drained after the storm", seen=took, bound=HEALS_WITHIN, unit="s"),
    )
    evidence = await chaos_run.judge()
    outcomes = [evidence.history.get(row.op) for row in evidence.log]
    told = f"seed {SEED}: {len(evidence.log)} events, {len(evidence.effects)} effects, {dict(nemesis.done)}"
    print(told)
    assert Outcome.OK in outcomes, told
    assert nemesis.done["kill the broker"], told
    assert nemesis.done["restart the database"], told
