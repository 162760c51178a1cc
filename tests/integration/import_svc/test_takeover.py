"""Discovery survives its worker."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from import_svc.application.ask_grants import DiscoveryLimits
from import_svc.application.discover_session import discover_session
from import_svc.application.outside import FoundCompanies
from import_svc.domain.discovery import DiscoveryFailed
from import_svc.domain.looks import NOTHING_KNOWN, CompanyNumbers
from import_svc.domain.session import SessionState
from import_svc.entrypoints.jobs import DiscoveryWorker
from koppel.kernel.ids import new_id
from koppel.platform.health import Health
from koppel.platform.leases import LeaseLost, Leases
from koppel.providers import failures
from koppel.providers.company import Company
from koppel.testing.eventually import eventually

from .organisation import CLOCK, Companies, Organisation


class Stuck(Companies):
    """Answers a number of grants and then no more."""

    def __init__(self, answers: int) -> None:
        super().__init__()
        self._left = answers
        self.hangs = asyncio.Event()
        self.released = asyncio.Event()

    async def companies(
        self,
        provider: str,
        organisation_id: UUID,
        grant_id: UUID,
        continuation: str | None,
        *,
        known: Mapping[str, CompanyNumbers] = NOTHING_KNOWN,
        is_look: bool = False,
    ) -> FoundCompanies:
        if self._left == 0:
            self.hangs.set()
            await self.released.wait()
        else:
            self._left -= 1
        return await super().companies(provider, organisation_id, grant_id, continuation)


class Paged(Companies):
    """Answers a grant page by page, two companies each; at one page it raises, or without an error hangs."""

    def __init__(self, *, pages: int, dies_at: int | None = None, error: Exception | None = None) -> None:
        super().__init__()
        self._pages, self._dies_at, self._error = pages, dies_at, error
        self.continuations: list[str | None] = []
        self.hangs = asyncio.Event()

    async def companies(
        self,
        provider: str,
        organisation_id: UUID,
        grant_id: UUID,
        continuation: str | None,
        *,
        known: Mapping[str, CompanyNumbers] = NOTHING_KNOWN,
        is_look: bool = False,
    ) -> FoundCompanies:
        number = int(continuation or "1")
        if number == self._dies_at:
            if self._error is not None:
                raise self._error
            self.hangs.set()
            await asyncio.Event().wait()
        self.continuations.append(continuation)
        found = [Company(f"{number}-{place}", f"Company {number}-{place}") for place in range(2)]
        return FoundCompanies(found, str(number + 1) if number < self._pages else None)


def successor(organisation: Organisation, companies: Companies) -> DiscoveryWorker:
    return DiscoveryWorker(
        organisation.work,
        organisation.leases,
        companies,
        clock=CLOCK,
        health=Health(),
        limits=DiscoveryLimits(),
        poll=timedelta(milliseconds=20),
    )


async def state_of(organisation: Organisation, session_id: UUID) -> SessionState:
    async with organisation.work.begin(organisation.organisation_id) as tx:
        session = await tx.sessions.find(session_id)
    assert session is not None
    return session.state


async def test_the_successor_of_a_dead_worker_asks_only_what_has_no_result(
    organisation: Organisation,
) -> None:
    grants = [new_id() for _ in range(150)]
    session_id = await organisation.start(await organisation.connect(grants))
    stuck = Stuck(answers=100)  # one batch is written, the next hangs
    dying = Leases(organisation.database, "dying", ttl=timedelta(milliseconds=500))
    async with organisation.database.system() as connection:
        lease = await dying.acquire(connection, "discovery", session_id)
    assert lease is not None  # without a heartbeat, as after kill -9
    former = asyncio.create_task(
        discover_session(session_id, organisation.work.leased(lease), stuck, DiscoveryLimits(), CLOCK)
    )
    await stuck.hangs.wait()
    companies = Companies()
    worker = successor(organisation, companies)
    await worker.start()
    try:

        async def selecting() -> bool:
            return await state_of(organisation, session_id) is SessionState.SELECTING

        await eventually(selecting)
    finally:
        await worker.stop()
    assert sorted(set(companies.asked) & set(grants)) == sorted(set(grants) - set(stuck.asked))
    assert len(stuck.asked) == 100

    stuck.released.set()
    outcome = (await asyncio.gather(former, return_exceptions=True))[0]
    assert isinstance(outcome, LeaseLost)
    assert await organisation.count("select count(*) from candidate") == 150


async def test_a_worker_that_stops_lets_go_of_its_session(organisation: Organisation) -> None:
    session_id = await organisation.start(await organisation.connect([new_id()]))
    stuck = Stuck(answers=0)
    worker = successor(organisation, stuck)
    await worker.start()
    await stuck.hangs.wait()
    await worker.stop()
    await organisation.discover(session_id, Companies())
    assert await state_of(organisation, session_id) is SessionState.SELECTING


async def test_the_pages_of_a_login_that_were_stored_are_not_asked_again_after_a_kill(
    organisation: Organisation,
) -> None:
    session_id = await organisation.start(await organisation.connect([new_id()]))
    killed = Paged(pages=4, dies_at=3)
    worker = asyncio.create_task(organisation.discover(session_id, killed))
    await killed.hangs.wait()
    worker.cancel()
    await asyncio.wait([worker])
    assert killed.continuations == [None, "2"]
    assert await state_of(organisation, session_id) is SessionState.DISCOVERING
    successor = Paged(pages=4)
    await organisation.discover(session_id, successor)
    assert successor.continuations == ["3", "4"]
    assert await state_of(organisation, session_id) is SessionState.SELECTING
    assert await organisation.count("select count(*) from candidate") == 8


async def test_companies_that_were_told_can_be_chosen_when_the_pages_behind_them_fail(
    organisation: Organisation,
) -> None:
    refused = failures.failure(failures.FORBIDDEN).as_contract()
    source = Paged(pages=4, dies_at=2, error=DiscoveryFailed(refused, transient=False))
    session_id = await organisation.start(await organisation.connect([new_id()]))
    await organisation.discover(session_id, source)
    assert await state_of(organisation, session_id) is SessionState.SELECTING
    assert await organisation.count("select count(*) from candidate") == 2
    assert await organisation.count("select count(*) from grant_discovery where state = 'failed'") == 1
