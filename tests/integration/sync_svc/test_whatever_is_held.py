"""Whatever happens while causes come and go: when all are gone, everything that was held has run, once."""

from collections import Counter
from random import Random
from uuid import UUID

import pytest

from koppel.contracts.sync import SyncRequested
from koppel.contracts.values import SyncTrigger
from koppel.providers import failures
from sync_svc.domain.administration import GrantState
from sync_svc.domain.run import RunState

from .organisation import Organisation
from .paused import PausedProvider, make_due, note, request_due, waits

KINDS = (None, failures.UNAVAILABLE, failures.TIMEOUT, failures.COMPANY_BLOCKED)


class Story:
    """Steps by chance, and what they owe."""

    def __init__(self, provider: PausedProvider, random: Random) -> None:
        self.provider = provider
        self.random = random
        self.carried: set[str] = set()
        self.asked: dict[UUID, Organisation] = {}

    async def step(self) -> None:
        one = self.random.choice(self.provider.organisations)
        match self.random.randrange(6):
            case 0:
                run_id = await one.ask(one.request())
                self.asked[run_id] = one
            case 1:
                await make_due(one)
                await request_due(one)
            case 2:
                self.provider.ill.kind = self.random.choice(KINDS)
            case 3:
                await note(one, self.random.choice([GrantState.REAUTHORIZATION_REQUIRED, GrantState.ACTIVE]))
            case 4:
                await self.probe()
            case _:
                await self.work(one)

    async def probe(self) -> None:
        await self.provider.organisations[0].rows(
            "update sync_pause set next_probe_at = now() where $1::uuid is not null and next_probe_at is not null "
            "and (id = $2 or administration_id = any($3::uuid[])) returning 1",
            self.provider.name,
            [each.administration_id for each in self.provider.organisations],
        )
        await self.provider.tend()

    async def work(self, one: Organisation) -> None:
        """As consumer and worker do."""
        for payload in await one.events("SyncRequested"):
            request = SyncRequested.model_validate(
                {k: v for k, v in payload.items() if not k.startswith("_")}
            )
            if request.trigger is SyncTrigger.SCHEDULE and str(request.sync_request_id) not in self.carried:
                self.carried.add(str(request.sync_request_id))
                await one.ask(request)
        for row in await one.rows(
            "select run_id from sync_run where administration_id = $1 and state <> 'finished' "
            "order by state = 'queued', run_id"
        ):
            if not await waits(one, row["run_id"]):
                await one.perform(row["run_id"])

    async def clear(self) -> None:
        """Every cause is gone."""
        self.provider.ill.kind = None
        for each in self.provider.organisations:
            await note(each, GrantState.ACTIVE)
        for _ in range(8):
            await self.probe()
            for each in self.provider.organisations:
                await self.work(each)


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_is_left_and_nothing_runs_twice(provider: PausedProvider, seed: int) -> None:
    story = Story(provider, Random(seed))
    for _ in range(60):
        await story.step()
    await story.clear()
    assert not await provider.is_paused()
    for run_id, one in story.asked.items():
        assert (await one.run(run_id)).run.state is RunState.FINISHED
    for each in provider.organisations:
        left = await each.rows(
            "select from sync_pause where administration_id = $1 or id = $2", str(each.grant_id)
        )
        assert left == []
        before = len(await each.events("SyncStarted"))
        await each.rows(
            "update sync_policy set next_due_at = now() + interval '1 h' where administration_id = $1 "
            "and next_due_at > now() returning 1"
        )
        await request_due(each)
        await story.work(each)
        after = await each.events("SyncStarted")
        assert len(after) - before <= 1, "what was missed is caught up with once"
        answered = Counter(request for event in after for request in event["sync_request_ids"])
        assert set(answered.values()) <= {1}
        (policy,) = await each.rows("select missed from sync_policy where administration_id = $1")
        assert not policy["missed"]
