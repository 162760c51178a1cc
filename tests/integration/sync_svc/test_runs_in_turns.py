"""A run that others wait for goes on in turns: between two pages, where it was, and nobody can tell from what it brought."""

from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest

from koppel.contracts.administration import AdministrationRemoved
from koppel.contracts.values import ResourceName, SyncMode, SyncOutcome, SyncTrigger
from koppel.platform.leases import Lease
from koppel.providers import failures
from koppel.providers.failures import failure
from koppel.testing.databases import service_database
from sync_svc.application.end_run import cancel_run
from sync_svc.application.ports import Requester
from sync_svc.application.projections import forget_administration
from sync_svc.domain.run import LEASE_KIND, RunState, WaitingFor
from sync_svc.domain.turn import TurnRules

from .made_up import ACCOUNTS, DOCUMENTS, LINES, SALES, MadeUp
from .organisation import Organisation
from .waiting import Waiting


@pytest.fixture
async def waiting(postgres_server: str) -> AsyncIterator[Waiting]:
    async with service_database(postgres_server, "sync", "sync_svc") as made:
        database = made.open(max_size=4)
        await database.open()
        yield Waiting(database, TurnRules(4))
        await database.close()


@pytest.fixture
async def organisation(waiting: Waiting) -> Organisation:
    made = await Organisation(waiting.database).arrive()
    made.rules, made.alone = waiting.rules, False
    return made


async def turn(organisation: Organisation, waiting: Waiting) -> UUID:
    """The next turn is the organisation's, and is done."""
    async with organisation.work.begin(None) as tx:
        granted = await tx.turns.grant(
            organisation.rules,
            owner="test",
            lasts=organisation.leases.ttl,
            passing_over=list(waiting.run_ids.values()),
        )
    assert granted is not None
    async with organisation.leases.keep(
        Lease(LEASE_KIND, granted.run_id, granted.fence, granted.takeovers)
    ) as lease:
        await organisation.perform_under(lease)
    return granted.run_id


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


@pytest.mark.parametrize("quantum", [1, 2, 3])
async def test_a_turn_however_short_brings_a_run_further(
    organisation: Organisation, waiting: Waiting, quantum: int
) -> None:
    books = MadeUp()
    organisation.gateway, organisation.rules = books, TurnRules(quantum)
    for number in range(9):
        books.put(DOCUMENTS, f"d{number}", Number=str(number))
        books.line(f"l{number}", f"e{number}", number, Type=SALES)
    await waiting.ask("other", "another", priority=0)
    run_id = await organisation.ask(organisation.request(resources=None))
    for _ in range(40):
        if (await organisation.run(run_id)).run.outcome is None:
            await turn(organisation, waiting)
    view = await organisation.run(run_id)
    assert view.run.outcome is SyncOutcome.CHANGED
    assert len(await organisation.live()) == 9 + 9


async def test_epoch_and_removals_are_asked_once_and_not_in_every_turn(
    organisation: Organisation, waiting: Waiting
) -> None:
    books = MadeUp()
    epochs: list[str] = []
    books.fault = lambda verb, name: epochs.append(name) if verb == "epoch" else None
    organisation.gateway, organisation.rules = books, TurnRules(4)
    for number in range(30):
        books.line(f"l{number}", f"e{number}", number)
    await waiting.ask("other", "another", priority=0)
    run_id = await organisation.ask(organisation.request(resources=(ResourceName.VOUCHER,)))
    while (await organisation.run(run_id)).run.outcome is None:
        await turn(organisation, waiting)
    assert (len(epochs), books.asked("removed", "gone"), books.asked("read", LINES.name)) == (1, 1, 15)


async def test_a_long_feed_of_removals_is_read_by_turns(organisation: Organisation, waiting: Waiting) -> None:
    books = MadeUp()
    organisation.gateway, organisation.rules = books, TurnRules(4)
    for number in range(60):
        books.put(ACCOUNTS, f"a{number}", Name=str(number))
    await organisation.sync(SyncMode.FULL, (ResourceName.LEDGER_ACCOUNT,))
    books.drop(ACCOUNTS, *(f"a{number}" for number in range(40)))
    books.calls.clear()
    await waiting.ask("other", "another", priority=0)
    wish = organisation.request(SyncMode.INCREMENTAL, (ResourceName.LEDGER_ACCOUNT,))
    run_id = await organisation.ask(wish)
    made = [0]
    while (await organisation.run(run_id)).run.outcome is None:
        await turn(organisation, waiting)
        made.append((await organisation.run(run_id)).run.calls)
    assert all(later - before <= 5 for before, later in pairwise(made)), "and what is after the last page"
    assert [start for verb, _, start in books.calls if verb == "removed"] == list(range(0, 40, 2))
    assert len(await organisation.live()) == 20


async def test_a_feed_that_goes_round_is_noticed_over_many_turns(
    organisation: Organisation, waiting: Waiting
) -> None:
    books = MadeUp()
    organisation.gateway = books
    for number in range(60):
        books.put(ACCOUNTS, f"a{number}", Name=str(number))
    await organisation.sync(SyncMode.FULL, (ResourceName.LEDGER_ACCOUNT,))
    books.drop(ACCOUNTS, *(f"a{number}" for number in range(60)))
    books.following = lambda start: "4" if start == 30 else str(start)
    await waiting.ask("other", "another", priority=0)
    wish = organisation.request(SyncMode.INCREMENTAL, (ResourceName.LEDGER_ACCOUNT,))
    run_id = await organisation.ask(wish)
    for _ in range(30):
        if (await organisation.run(run_id)).run.outcome is None:
            await turn(organisation, waiting)
    view = await organisation.run(run_id)
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "page_repeated"


async def test_pages_that_go_round_are_noticed_over_many_turns(
    organisation: Organisation, waiting: Waiting
) -> None:
    organisation.provider.add_customers(200)
    organisation.provider.following = lambda number: "2" if number == 15 else str(number + 1)
    await waiting.ask("other", "another", priority=0)
    run_id = await organisation.ask(organisation.request())
    for _ in range(30):
        if (await organisation.run(run_id)).run.outcome is None:
            await turn(organisation, waiting)
    view = await organisation.run(run_id)
    assert view.listings[0].failure is not None
    assert view.listings[0].failure.code == "page_repeated"


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


async def test_a_full_reading_by_turns_finds_what_is_gone(
    organisation: Organisation, waiting: Waiting
) -> None:
    customers = organisation.provider.add_customers(60)
    await organisation.sync()
    await organisation.sync()
    organisation.provider.remove(customers[59])
    await waiting.ask("other", "another", priority=0)
    for _ in range(2):
        run_id = await organisation.ask(organisation.request(SyncMode.FULL))
        while (await organisation.run(run_id)).run.outcome is None:
            await turn(organisation, waiting)
    assert len(await organisation.live()) == 59


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
