"""Whatever a provider tells its changes by, a reading that is left between two pages comes to the same end."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from koppel.contracts.values import ResourceName, SyncMode, SyncOutcome
from sync_svc.domain.turn import TurnRules

from .made_up import ACCOUNTS, DOCUMENTS, LINES, SALES, MadeUp
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
