"""Calls in flight for one company are no more than its provider takes, whichever process of whichever service makes them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from koppel.platform.budget import CompanyPlaces
from koppel.ports.budget import BudgetExhausted
from koppel.testing.databases import ServiceDatabase

AT_ONCE = {"exact_online": 1, "snelstart": 2}
Process = Callable[..., CompanyPlaces]


@pytest.fixture
async def process(service: ServiceDatabase) -> AsyncIterator[Process]:
    """The places as one more process has them."""
    async with AsyncExitStack() as stack:

        def made(patience: float = 0.05) -> CompanyPlaces:
            places = CompanyPlaces(service.open(), AT_ONCE, patience=patience)
            stack.callback(places.close)
            return places

        yield made


async def refused(places: CompanyPlaces, provider: str = "exact_online", company: str = "7") -> bool:
    try:
        async with places.hold(provider, company):
            return False
    except BudgetExhausted as waits:
        return waits.exhausted.window == "at_once"


@pytest.mark.parametrize("processes", [1, 2])
async def test_a_company_s_call_is_alone_in_all_processes(process: Process, processes: int) -> None:
    first = process()
    other = first if processes == 1 else process()
    async with first.hold("exact_online", "7"):
        assert await refused(other)
    assert not await refused(other)


async def test_as_many_calls_are_in_flight_as_the_provider_takes(process: Process) -> None:
    one, other = process(), process()
    async with one.hold("snelstart", "7"), other.hold("snelstart", "7"):
        assert await refused(one, "snelstart")
        assert await refused(other, "snelstart")
    assert not await refused(one, "snelstart")


async def test_another_company_and_a_provider_without_a_bound_wait_for_nobody(process: Process) -> None:
    one, other = process(), process()
    async with one.hold("exact_online", "7"), one.hold("moneybird", "7"), one.hold("exact_online", None):
        assert not await refused(other, company="8")
        assert not await refused(other, "moneybird")
        async with other.hold("exact_online", None):
            pass


async def test_whoever_waits_long_enough_is_next(process: Process) -> None:
    one, other = process(), process(patience=10)
    async with one.hold("exact_online", "7"):
        waiting = asyncio.create_task(refused(other))
        await asyncio.sleep(0)
        assert await refused(process())
    assert not await waiting


async def test_a_process_that_dies_frees_its_places(process: Process) -> None:
    one, other = process(), process(patience=10)
    async with one.hold("exact_online", "7"):
        one.close()
        assert not await refused(other)
    assert not await refused(one)


async def test_a_call_that_is_given_up_while_it_waits_takes_no_place_with_it(process: Process) -> None:
    one, other = process(), process(patience=10)
    async with one.hold("exact_online", "7"):
        waiting = [asyncio.create_task(refused(other)) for _ in range(5)]
        await asyncio.sleep(0)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert not await refused(process(patience=10))
