"""Probes of companies before they are imported: who is asked, when, and what becomes of the answers."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from import_svc.application.check_companies import check_companies
from import_svc.domain.company_check import MOST_ATTEMPTS, Finding
from import_svc.domain.discovery import DiscoveryFailed
from koppel.contracts.values import WhoMustAct
from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.providers import failures

from .organisation import Companies, Organisation

FOUND = Finding("fiscal_year", "The provider shows no fiscal year of the company.", WhoMustAct.CUSTOMER)


class Probes:
    """Answers what it is given; `asked` are external ids."""

    def __init__(self, *answers: Sequence[Finding] | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def findings(
        self, provider: str, organisation_id: UUID, grant_id: UUID, external_id: str
    ) -> list[Finding]:
        self.asked.append(external_id)
        answer = self._answers.pop(0) if self._answers else []
        if isinstance(answer, Exception):
            raise answer
        return list(answer)


@pytest.fixture
def organisation(database: Database) -> Organisation:
    """Of a provider of its own, so that nobody else's companies wait in the same line."""
    return Organisation(database, provider=f"p{new_id().hex}")


async def discovered(organisation: Organisation, companies: dict[UUID, str]) -> UUID:
    session_id = await organisation.start(await organisation.connect(list(companies)))
    await organisation.discover(session_id, Companies(companies))
    return session_id


async def probed(organisation: Organisation, probes: Probes, limit: int = 8) -> None:
    await check_companies(organisation.work, probes, {organisation.provider: limit})


async def told(organisation: Organisation, session_id: UUID) -> list[tuple[Finding, ...] | None]:
    async with organisation.work.begin(organisation.organisation_id) as tx:
        return [each.findings for each in await tx.candidates.page(session_id, None, 10)]


async def pass_time(organisation: Organisation, by: timedelta) -> None:
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        await connection.execute(
            "update company_check set due_at = due_at - $1::interval, checked_at = checked_at - $1", by
        )


async def test_each_company_is_asked_once_and_its_candidates_say_what_was_found(
    organisation: Organisation,
) -> None:
    session_id, probes = await discovered(organisation, {new_id(): "a"}), Probes([FOUND])
    assert await told(organisation, session_id) == [None]
    for _ in range(2):
        await probed(organisation, probes)
    assert (probes.asked, await told(organisation, session_id)) == (["a"], [(FOUND,)])


async def test_no_more_are_asked_in_a_round_than_the_provider_bears(organisation: Organisation) -> None:
    await discovered(organisation, {new_id(): f"c{number}" for number in range(5)})
    probes = Probes()
    await probed(organisation, probes, limit=2)
    assert len(probes.asked) == 2


async def test_what_cannot_be_asked_now_is_tried_again_a_few_times(organisation: Organisation) -> None:
    session_id = await discovered(organisation, {new_id(): "a"})
    away = DiscoveryFailed(failures.failure(failures.TIMEOUT).as_contract(), transient=True)
    probes = Probes(*[away] * 10)
    for _ in range(MOST_ATTEMPTS + 2):
        await probed(organisation, probes)
        await probed(organisation, probes)
        await pass_time(organisation, timedelta(hours=1))
    assert len(probes.asked) == MOST_ATTEMPTS
    assert await told(organisation, session_id) == [None]


async def test_a_login_that_cannot_be_used_is_not_asked_again(organisation: Organisation) -> None:
    await discovered(organisation, {new_id(): "a"})
    probes = Probes(DiscoveryFailed(failures.failure(failures.GRANT_INVALID).as_contract(), transient=False))
    for _ in range(2):
        await probed(organisation, probes)
        await pass_time(organisation, timedelta(hours=1))
    assert probes.asked == ["a"]


async def test_what_nobody_thought_of_costs_no_other_company_its_result(organisation: Organisation) -> None:
    session_id = await discovered(organisation, {new_id(): "a", new_id(): "b"})
    await probed(organisation, Probes(RuntimeError("odd"), [FOUND]))
    assert sorted(await told(organisation, session_id), key=str) == [(FOUND,), None]


async def test_a_wizard_a_little_later_has_a_company_asked_again(organisation: Organisation) -> None:
    companies, probes = {new_id(): "a"}, Probes([FOUND], [])
    await discovered(organisation, companies)
    await probed(organisation, probes)
    await discovered(organisation, {new_id(): "a"})
    await probed(organisation, probes)
    assert probes.asked == ["a"]
    await pass_time(organisation, timedelta(minutes=6))
    session_id = await discovered(organisation, {new_id(): "a"})
    await probed(organisation, probes)
    assert (probes.asked, await told(organisation, session_id)) == (["a", "a"], [()])


async def test_an_imported_company_is_not_asked(organisation: Organisation) -> None:
    connection_id = await organisation.connect([grant := new_id()])
    companies = Companies({grant: "a"})
    await organisation.confirm(await organisation.selected(connection_id, companies))
    await pass_time(organisation, timedelta(hours=1))
    probes = Probes()
    await probed(organisation, probes)
    again = await organisation.start(connection_id)
    await organisation.discover(again, companies)
    await probed(organisation, probes)
    assert probes.asked == ["a"]


async def test_what_a_login_allowed_is_known_and_follows_a_new_login(organisation: Organisation) -> None:
    grant = new_id()
    await organisation.connect([grant])
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        assert (
            await connection.fetchval("select scopes from connection_grant where id = $1", grant) == "ea:api"
        )
