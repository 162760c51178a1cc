"""Wherever a worker dies, its run has a new owner or an end once the lease is over (`make chaos PART=runs`: 200 deaths)."""

import asyncio
from collections import Counter
from contextlib import suppress
from random import Random
from uuid import UUID

from tests.chaos.rig.schedule import LONG, PART, SEED, progress, scaled
from tests.integration.sync_svc.organisation import Organisation
from tests.integration.sync_svc.taking_turns import one_that_takes_turns, own_queue

from koppel.contracts.values import SyncOutcome
from koppel.platform.leases import Lease
from sync_svc.domain.run import LEASE_KIND, RunState

DEATHS = scaled(200) if LONG and PART in ("", "runs") else 20
_RECORDS = 45
_LONGEST = 0.03
"""Seconds; about half as long as a whole run takes here."""


async def granted(organisation: Organisation) -> Lease | None:
    """The next turn, as a worker asks for it; none while nothing waits that may be had."""
    async with organisation.work.begin(None) as tx:
        turn = await tx.turns.grant(
            organisation.rules, owner="test", lasts=organisation.leases.ttl, passing_over=[]
        )
    return None if turn is None else Lease(LEASE_KIND, turn.run_id, turn.fence, turn.takeovers)


async def die_at_random(organisation: Organisation, lease: Lease, draw: Random) -> None:
    """The worker is gone after a moment, wherever it is, and gives nothing back."""
    working = asyncio.create_task(organisation.perform_under(lease))
    await asyncio.wait({working}, timeout=draw.uniform(0, _LONGEST))
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def finish(organisation: Organisation, run_id: UUID) -> None:
    """As workers that live: turn after turn, each given back."""
    while (lease := await granted(organisation)) is not None:
        assert lease.subject == run_id
        async with organisation.leases.keep(lease):
            await organisation.perform_under(lease)


async def test_a_run_whose_worker_died_has_a_new_owner_or_an_end_when_the_lease_is_over(
    postgres_server: str,
) -> None:
    draw, found = Random(SEED), Counter[str]()
    async with own_queue(postgres_server) as waiting:
        organisation = await one_that_takes_turns(waiting)
        organisation.provider.add_customers(_RECORDS)
        for _ in range(DEATHS):
            run_id = await organisation.ask(organisation.request())
            first = await granted(organisation)
            assert first is not None
            assert first.subject == run_id
            await die_at_random(organisation, first, draw)
            if (await organisation.run(run_id)).run.state is not RunState.FINISHED:
                assert await granted(organisation) is None, "another owner before the lease is over"
            await organisation.let_expire(first)
            state = (await organisation.run(run_id)).run.state
            found[state.value] += 1
            await finish(organisation, run_id)
            ended = (await organisation.run(run_id)).run
            assert ended.state is RunState.FINISHED
            assert ended.outcome in (SyncOutcome.CHANGED, SyncOutcome.UNCHANGED)
            assert len(await organisation.live()) == _RECORDS
    progress(f"{DEATHS} deaths, seed {SEED}; where the runs were: {dict(found)}; each has an end")
