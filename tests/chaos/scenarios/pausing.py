"""What is down is left alone, once for all, and goes on by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from tests.chaos.rig.catalogue import scenario
from tests.chaos.rig.stage import Stage, expect
from tests.chaos.rig.synchronised import synchronised
from tests.integration.sync_svc.organisation import Organisation
from tests.integration.sync_svc.paused import Ill, PausedProvider, make_due, request_due, scheduled
from tests.integration.sync_svc.waiting import Waiting

from koppel.contracts.values import SyncOutcome
from koppel.providers.failures import UNAVAILABLE
from sync_svc.domain.run import RunState


@asynccontextmanager
async def provider_down(stage: Stage, *, failed: int = 3, others: int = 3) -> AsyncIterator[PausedProvider]:
    """A provider at which so many administrations failed in a row, the first of the organisations."""
    async with synchronised(stage) as first:
        more = [Organisation(first.database) for _ in range(failed + others - 1)]
        for each in more:
            each.provider_id = first.provider_id
        here = PausedProvider([first, *[await each.arrive() for each in more]], Ill(UNAVAILABLE))
        for each in here.organisations:
            each.provider.add_customers(2)
            each.provider.fault = here.ill
        await here.fail(*here.organisations[:failed])
        yield here


@scenario(criterion=18)
async def provider_that_is_down_is_paused_once_for_all(stage: Stage) -> None:
    async with provider_down(stage, failed=12, others=0) as here:
        told = await here.events("SyncPaused")
        expect("paused again and again", len(told) == 1, f"{len(told)} pauses of one provider")


@scenario(criterion=18)
async def pause_ends_when_its_cause_is_gone(stage: Stage) -> None:
    async with provider_down(stage) as here:
        waiting = {each: await each.ask(each.request()) for each in here.organisations}
        here.ill.kind = None
        await here.due()
        await here.tend()
        for each, run_id in waiting.items():
            await each.perform(run_id)
        expect("paused for ever", not await here.is_paused(), "the provider answers, and its pause goes on")


@scenario(criterion=18)
async def one_run_at_a_time_is_tried(stage: Stage) -> None:
    async with provider_down(stage) as here:
        for each in here.organisations:
            await each.ask(each.request())
        await here.due()
        await here.tend()
        await here.a_minute_later()
        queue = Waiting(here.organisations[0].database)
        async with queue.work.begin(None) as tx:
            taken = [
                await tx.turns.grant(queue.rules, owner="test", lasts=timedelta(minutes=5), passing_over=())
                for _ in here.organisations
            ]
        probes = len([each for each in taken if each is not None])
        expect("not one probe", probes == 1, f"{probes} runs try a provider that is down")


@scenario(criterion=18)
async def what_a_person_asked_is_done_after_the_pause(stage: Stage) -> None:
    async with provider_down(stage, others=1) as here:
        person = here.organisations[-1]
        run_id = await person.ask(person.request())
        await here.due()
        await here.tend()
        await person.perform(run_id)
        state = (await person.run(run_id)).run.state
        expect("request lost", state is RunState.DEFERRED, f"the run is {state}")
        here.ill.kind = None
        await here.due()
        await here.tend()
        for each in here.organisations * 2:  # whoever is the probe, the others are held until it has passed
            await each.sync()
        outcome = (await person.run(run_id)).run.outcome
        expect("request lost", outcome is SyncOutcome.CHANGED, f"the run ended {outcome}")


@scenario(criterion=18)
async def what_was_due_meanwhile_is_asked_once(stage: Stage) -> None:
    async with provider_down(stage, others=1) as here:
        late = here.organisations[-1]
        await make_due(late)
        await request_due(late)
        expect("asked under a pause", await scheduled(late) == 0, "the schedule asks of what is down")
        await here.end()
        for _ in range(3):
            await here.tend()
            await request_due(late)
        asked = await scheduled(late)
        expect("not asked once", asked == 1, f"asked {asked} times after the pause")


@scenario(criterion=18)
async def wait_under_a_pause_is_told_once(stage: Stage) -> None:
    async with provider_down(stage, others=1) as here:
        late = here.organisations[-1]
        run_id = await late.ask(late.request())
        for _ in range(3):
            await here.let(late)
            await late.perform(run_id)
        told = len(await late.events("SyncDeferred"))
        expect("told again and again", told == 1, f"{told} events of one wait")
