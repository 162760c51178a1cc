"""Waiting for administrations that are on the way, and no longer than needed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from assignment_svc.application.await_arrival import SessionPatience, await_administrations, await_session
from assignment_svc.domain.administration import SessionArrivals

ORGANISATION, SESSION, A, B = (UUID(int=number) for number in range(1, 5))
PATIENT = SessionPatience(within=30, every=0, settled=0.01)


class Arriving:
    """Stands for unit of work, transaction and administrations; each look shows the next state, then the last."""

    def __init__(self, *states: Any) -> None:
        self._states = states
        self.looks = 0

    @property
    def administrations(self) -> "Arriving":
        return self

    @asynccontextmanager
    async def begin(self, organisation_id: UUID | None) -> AsyncIterator[Any]:
        assert organisation_id == ORGANISATION
        yield self

    async def known(self, ids: Sequence[UUID]) -> Any:
        return self._look()

    async def session_arrivals(self, import_session_id: UUID) -> Any:
        return self._look()

    def _look(self) -> Any:
        state = self._states[min(self.looks, len(self._states) - 1)]
        self.looks += 1
        return state


async def test_known_administrations_are_not_waited_for() -> None:
    world = Arriving({A, B})
    await await_administrations(world, ORGANISATION, [A, B], PATIENT)
    assert world.looks == 1


async def test_administrations_are_waited_for_until_the_last_is_known() -> None:
    world = Arriving(set(), {A}, {A, B})
    await await_administrations(world, ORGANISATION, [A, B], PATIENT)
    assert world.looks == 3


async def test_waiting_ends_when_the_time_is_up() -> None:
    unknown, empty = Arriving(set()), Arriving(SessionArrivals(0, newest_age=0))
    await await_administrations(unknown, ORGANISATION, [A], SessionPatience(within=0))
    await await_session(empty, ORGANISATION, SESSION, SessionPatience(within=0))
    assert (unknown.looks, empty.looks) == (1, 1)


async def test_an_old_session_is_not_waited_for() -> None:
    world = Arriving(SessionArrivals(3, newest_age=3600))
    await await_session(world, ORGANISATION, SESSION, PATIENT)
    assert world.looks == 1


async def test_a_session_whose_events_say_how_many_there_are_is_complete_with_the_last() -> None:
    never_still = SessionPatience(within=30, every=0, settled=3600)
    world = Arriving(*(SessionArrivals(count, newest_age=0, size=3 if count else None) for count in range(4)))
    await await_session(world, ORGANISATION, SESSION, never_still)
    assert world.looks == 4


async def test_a_number_that_stands_still_does_not_count_where_the_size_is_known() -> None:
    still = SessionPatience(within=30, every=0, settled=0)
    world = Arriving(*(SessionArrivals(count, newest_age=0, size=2) for count in (1, 1, 1, 2)))
    await await_session(world, ORGANISATION, SESSION, still)
    assert world.looks == 4


async def test_a_session_without_a_size_is_complete_when_its_number_stands_still() -> None:
    counts = [SessionArrivals(count, newest_age=0) for count in (0, 0, 2, 5)]
    world = Arriving(*counts)
    await await_session(world, ORGANISATION, SESSION, PATIENT)
    assert world.looks > len(counts)
