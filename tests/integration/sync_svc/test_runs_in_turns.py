"""A run that others wait for goes on in turns: between two pages, where it was, and nobody can tell from what it brought."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from koppel.contracts.administration import AdministrationRemoved
from koppel.contracts.values import ResourceName, SyncMode, SyncOutcome, SyncTrigger
from koppel.providers import failures
from koppel.providers.failures import failure
from sync_svc.adapters.postgres.unit_of_work import PostgresUnitOfWork
from sync_svc.application.accept_request import accept_request
from sync_svc.application.end_run import cancel_run
from sync_svc.application.ports import Requester
from sync_svc.application.projections import forget_administration
from sync_svc.domain.run import RunState, WaitingFor
from sync_svc.domain.turn import TurnRules

from .organisation import Organisation
from .taking_turns import one_that_takes_turns, own_queue, turn
from .waiting import Waiting


@pytest.fixture
async def waiting(postgres_server: str) -> AsyncIterator[Waiting]:
    async with own_queue(postgres_server, TurnRules(4)) as made:
        yield made


@pytest.fixture
async def organisation(waiting: Waiting) -> Organisation:
    return await one_that_takes_turns(waiting)


async def test_a_run_leaves_between_two_pages_when_its_calls_are_made_and_others_wait(
    organisation: Organisation, waiting: Waiting
) -> None:
    organisation.provider.add_customers(100)
    await waiting.ask("other", "another", priority=0)
    run_id = await organisation.ask(organisation.request())
    await turn(organisation, waiting)
    assert organisation.provider.pages_of("customers") == [1, 2, 3, 4], "no page is fetched past the turn"
    run = (await organisation.run(run_id)).run
    assert (run.state, run.waiting_for, run.resume_at) == (RunState.RUNNING, WaitingFor.TURN, None)
    assert len(await organisation.records()) == 40
    assert await waiting.grant() == "other"


async def test_it_goes_on_where_it_was_and_none_of_it_is_a_failure(
    organisation: Organisation, waiting: Waiting
) -> None:
    organisation.provider.add_customers(100)
    await waiting.ask("other", "another", priority=0)
    run_id = await organisation.ask(organisation.request())
    counts = []
    while (await organisation.run(run_id)).run.outcome is None:
        await turn(organisation, waiting)
        run = (await organisation.run(run_id)).run
        counts.append((run.starts_without_progress, run.deferrals_without_progress))
    assert set(counts) == {(0, 0)}
    assert len(counts) == 3
    view = await organisation.run(run_id)
    assert (view.run.outcome, view.run.calls, view.run.percent) == (SyncOutcome.CHANGED, 11, 100)
    assert (view.listings[0].fetched, view.listings[0].changed) == (100, 100)
    assert organisation.provider.pages_of("customers") == list(range(1, 11))
    assert (
        len(await organisation.events("SyncStarted")) == len(await organisation.events("SyncCompleted")) == 1
    )
    assert await organisation.events("SyncDeferred") == []


async def test_a_run_that_nobody_waits_for_goes_on_to_its_end(
    organisation: Organisation, waiting: Waiting
) -> None:
    organisation.provider.add_customers(100)
    run_id = await organisation.ask(organisation.request())
    await turn(organisation, waiting)
    run = (await organisation.run(run_id)).run
    assert (run.outcome, run.calls) == (SyncOutcome.CHANGED, 11)


async def test_every_try_of_a_call_is_one_of_the_turn(organisation: Organisation, waiting: Waiting) -> None:
    organisation.provider.add_customers(100)
    await waiting.ask("other", "another", priority=0)
    left = [failures.UNAVAILABLE, failures.UNAUTHORIZED]

    def faulty(listing: str, number: int) -> None:
        if number == 2 and left:
            raise failure(left.pop())

    organisation.provider.fault = faulty
    run_id = await organisation.ask(organisation.request())
    await turn(organisation, waiting)
    assert (await organisation.run(run_id)).run.calls == 4
    assert len(await organisation.records()) == 20, "two pages, one of them at the third try"
    assert await waiting.charged("another", 0) == 0
    (own,) = await organisation.rows(
        "select spent from sync_turn where organisation_id = $2 and $1::uuid is not null",
        organisation.organisation_id,
    )
    assert own["spent"] == 4


async def test_a_run_between_two_turns_is_cancelled_at_once(
    organisation: Organisation, waiting: Waiting
) -> None:
    organisation.provider.add_customers(100)
    await waiting.ask("other", "another", priority=0)
    run_id = await organisation.ask(organisation.request())
    await turn(organisation, waiting)
    caller = Requester(actor="person:x", person_id="x", trigger=SyncTrigger.USER)
    async with organisation.work.begin(organisation.organisation_id) as tx:
        await cancel_run(tx, run_id, caller)
    assert (await organisation.run(run_id)).run.outcome is SyncOutcome.CANCELLED
    assert (await organisation.run(run_id)).run.waiting_for is None


async def test_an_administration_that_is_removed_ends_its_run_at_its_next_turn(
    organisation: Organisation, waiting: Waiting
) -> None:
    organisation.provider.add_customers(100)
    await waiting.ask("other", "another", priority=0)
    run_id = await organisation.ask(organisation.request())
    await turn(organisation, waiting)
    async with organisation.work.begin(None) as tx:
        removed = AdministrationRemoved(
            organisation_id=organisation.organisation_id,
            administration_id=organisation.administration_id,
            reason="removed",
            removed_by="somebody",
            removed_at=tx.now,
        )
        await forget_administration(tx.within(organisation.organisation_id), removed)
    organisation.provider.calls.clear()
    await turn(organisation, waiting)
    assert (await organisation.run(run_id)).run.outcome is SyncOutcome.CANCELLED
    assert organisation.provider.calls == []
    (own,) = await organisation.rows(
        "select spent, (select charged from sync_run where run_id = $2) as charged from sync_turn "
        "where organisation_id = $3 and $1::uuid is not null",
        run_id,
        organisation.organisation_id,
    )
    assert (own["spent"], own["charged"]) == (4, 4), "the turn that it could not use is given back"


async def priority_now(organisation: Organisation, run_id: UUID) -> int:
    (row,) = await organisation.rows(
        "select lane from sync_run where run_id = $2 and $1::uuid is not null", run_id
    )
    return int(row["lane"])


@pytest.mark.parametrize("resources", [None, (ResourceName.PROJECT,)])
async def test_a_first_load_that_a_person_waits_for_goes_on_as_a_persons_run(
    organisation: Organisation, waiting: Waiting, resources: tuple[ResourceName, ...] | None
) -> None:
    organisation.provider.add_customers(100)
    await waiting.ask("other", "another", priority=0)
    run_id = await organisation.ask(organisation.request(SyncMode.FULL, trigger=SyncTrigger.IMPORT))
    await turn(organisation, waiting)
    assert await priority_now(organisation, run_id) == 2
    await organisation.ask(organisation.request(SyncMode.FULL, resources or (ResourceName.CONTACT,)))
    assert await priority_now(organisation, run_id) == 0
    await turn(organisation, waiting)
    assert await waiting.charged("another", 0) == 0
    (own,) = await organisation.rows(
        "select array_agg(spent order by lane) as spent from sync_turn where organisation_id = $2 "
        "and $1::uuid is not null",
        organisation.organisation_id,
    )
    assert own["spent"] == [4, 4], "each turn is charged where it was had"


async def test_a_run_that_is_hastened_in_its_turn_ends_the_turn_where_it_was_charged(
    organisation: Organisation, waiting: Waiting
) -> None:
    organisation.provider.add_customers(100)
    await waiting.ask("other", "another", priority=0)
    run_id = await organisation.ask(organisation.request(SyncMode.FULL, trigger=SyncTrigger.IMPORT))
    read = organisation.provider.read

    async def asked_meanwhile(*arguments: Any) -> object:
        if arguments[-1].continuation == "2":
            await organisation.ask(organisation.request(SyncMode.INCREMENTAL))
            assert await priority_now(organisation, run_id) == 2
        return await read(*arguments)

    organisation.provider.read = asked_meanwhile  # type: ignore[method-assign, assignment]
    await turn(organisation, waiting)
    assert await priority_now(organisation, run_id) == 0
    (row,) = await organisation.rows(
        "select lane, spent from sync_turn where organisation_id = $2 and $1::uuid is not null",
        organisation.organisation_id,
    )
    assert (row["lane"], row["spent"]) == (2, 4)


@pytest.mark.parametrize("minutes", [-5, 5])
async def test_a_process_whose_clock_is_wrong_keeps_no_run_back_and_lets_none_go_early(
    organisation: Organisation, waiting: Waiting, minutes: int
) -> None:
    wrong = PostgresUnitOfWork(waiting.database, _Wrong(timedelta(minutes=minutes)))
    async with wrong.begin(None) as tx:
        run = await accept_request(tx.within(organisation.organisation_id), organisation.request())
    assert run is not None
    organisation.work = wrong
    organisation.provider.add_customers(3)
    organisation.provider.fault = _busy
    assert await turn(organisation, waiting) == run.run_id
    assert await waiting.grant() is None
    (row,) = await organisation.rows(
        "select extract(epoch from not_before - now())::float as seconds from sync_run where administration_id = $1"
    )
    assert 20 < row["seconds"] <= 30


class _Wrong:
    """A clock that is off."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return datetime.now(UTC) + self._by


def _busy(listing: str, number: int) -> None:
    raise failure(failures.RATE_LIMITED, retry_after=30.0)
