"""What two can do at once, and what must come of it."""

import asyncio
from uuid import UUID

import pytest

from import_svc.application.summarise_import import summarise_import
from import_svc.domain.administration import AdministrationFilter
from import_svc.domain.refusals import CandidatesRefused
from koppel.kernel.errors import Conflict
from koppel.kernel.ids import new_id

from .organisation import Companies, Organisation

ALL = AdministrationFilter()
ACTIVE = "select count(*) from administration where state <> 'removed'"
IMPORTED = "select count(*) from event_log where type = 'nl.koppel.AdministrationImported.v1'"


@pytest.mark.parametrize("attempt", range(5))
async def test_of_two_sessions_with_the_same_companies_one_imports_them(
    organisation: Organisation, attempt: int
) -> None:
    grants = [new_id() for _ in range(20)]
    connection_id = await organisation.connect(grants)
    sessions = [await organisation.selected(connection_id, Companies()) for _ in range(2)]
    outcomes = await asyncio.gather(
        *(organisation.confirm(each) for each in sessions), return_exceptions=True
    )
    [refused] = [each for each in outcomes if isinstance(each, BaseException)]
    assert isinstance(refused, CandidatesRefused)
    assert refused.code == "already_imported"
    assert len(refused.errors) == 20
    assert await organisation.count(ACTIVE) == await organisation.count(IMPORTED) == 20


async def test_sessions_that_share_some_companies_import_all_or_nothing(organisation: Organisation) -> None:
    shared = {new_id(): f"company-{number}" for number in range(5)}
    first, second = [new_id(), *shared], [*reversed([*shared]), new_id()]
    other = {grant: shared[grant] for grant in shared}
    one = await organisation.selected(await organisation.connect(first), Companies(shared))
    renewed: dict[UUID, UUID] = {grant: new_id() for grant in second}
    again = Companies({renewed[grant]: company for grant, company in other.items()})
    two = await organisation.selected(await organisation.connect(list(renewed.values())), again)
    outcomes = await asyncio.gather(
        organisation.confirm(one), organisation.confirm(two), return_exceptions=True
    )
    [refused] = [each for each in outcomes if isinstance(each, BaseException)]
    assert isinstance(refused, CandidatesRefused)
    assert len(refused.errors) == 5
    assert await organisation.count(ACTIVE) == await organisation.count(IMPORTED) == 6


async def test_two_confirms_of_one_session_import_once_and_answer_the_same(
    organisation: Organisation,
) -> None:
    session_id = await organisation.selected(await organisation.connect([new_id(), new_id()]), Companies())
    first, second = await asyncio.gather(organisation.confirm(session_id), organisation.confirm(session_id))
    assert sorted(first) == sorted(second)
    assert await organisation.count(ACTIVE) == await organisation.count(IMPORTED) == 2


@pytest.mark.parametrize("attempt", range(5))
async def test_nothing_of_a_deleted_connection_stays_imported(
    organisation: Organisation, attempt: int
) -> None:
    grants = [new_id(), new_id()]
    connection_id = await organisation.connect(grants)
    session_id = await organisation.selected(connection_id, Companies())
    outcome, _ = await asyncio.gather(
        organisation.confirm(session_id),
        organisation.disconnect(connection_id, grants),
        return_exceptions=True,
    )
    assert isinstance(outcome, list) or (
        isinstance(outcome, Conflict) and outcome.code == "connection_revoked"
    )
    assert await organisation.count(ACTIVE) == 0


async def test_one_company_that_two_people_import_through_two_logins_at_once_is_two_that_name_each_other(
    organisation: Organisation,
) -> None:
    sessions = [
        await organisation.selected(await organisation.connect([new_id()]), Companies()) for _ in range(2)
    ]
    [[(_, first)], [(_, second)]] = await asyncio.gather(*(organisation.confirm(each) for each in sessions))
    async with organisation.work.begin(organisation.organisation_id) as tx:
        found = {each.id: each.duplicates for each in await tx.administrations.page(ALL, None, None, 10)}
    assert found == {first: (second,), second: (first,)}


@pytest.mark.parametrize("attempt", range(3))
async def test_one_company_that_two_people_import_from_two_providers_at_once_is_told_to_the_later_of_them(
    organisation: Organisation, attempt: int
) -> None:
    """Both may want it: nothing is refused, and whoever looks at the summary last sees both."""
    sessions = []
    for provider in ("eaccounting", "moneybird"):
        organisation.provider = provider
        connection_id = await organisation.connect([new_id()])
        sessions.append(await organisation.selected(connection_id, Companies()))

    async def confirmed(session_id: UUID) -> tuple[UUID, ...]:
        await organisation.confirm(session_id)
        async with organisation.work.begin(organisation.organisation_id) as tx:
            [imported] = (await summarise_import(tx, session_id)).administrations
        return imported.duplicates

    told = await asyncio.gather(*map(confirmed, sessions))
    async with organisation.work.begin(organisation.organisation_id) as tx:
        there = await tx.administrations.page(ALL, None, None, 10)
    assert {each.provider for each in there} == {"eaccounting", "moneybird"}
    assert {each.duplicates for each in there} == {(each.id,) for each in there}
    assert {duplicate for each in told for duplicate in each} & {each.id for each in there}
