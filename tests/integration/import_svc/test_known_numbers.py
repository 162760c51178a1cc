"""Companies whose own pages a look or a wizard does not ask for again: each page is a call, and all offices share them."""

from collections.abc import Mapping
from uuid import UUID

import pytest

from import_svc.application.outside import FoundCompanies
from import_svc.application.select_candidates import select_candidates
from import_svc.domain.looks import NOTHING_KNOWN, CompanyNumbers
from koppel.kernel.ids import new_id
from koppel.providers.company import Company

from .looks import a_day_later
from .organisation import Companies, Organisation

NUMBERS = CompanyNumbers("01234567", "NL001234567B01")


class Moneybird(Companies):
    """Shows a, b and c, of which c has no number; remembers what it was told to be known."""

    def __init__(self) -> None:
        super().__init__()
        self.known: Mapping[str, CompanyNumbers] = NOTHING_KNOWN

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
        self.known = known
        none = CompanyNumbers(None)
        numbers = {each: known.get(each, none if each == "c" else NUMBERS) for each in "abc"}
        return FoundCompanies(
            [Company(each, each, kvk_number=of[0], vat_number=of[1]) for each, of in numbers.items()]
        )


@pytest.fixture
async def connection_id(organisation: Organisation) -> UUID:
    return await organisation.connect([new_id()])


async def wizard(
    organisation: Organisation, connection_id: UUID
) -> tuple[UUID, Mapping[str, CompanyNumbers]]:
    session_id, source = await organisation.start(connection_id), Moneybird()
    await organisation.discover(session_id, source)
    return session_id, source.known


async def pass_a_day(organisation: Organisation) -> None:
    async with organisation.database.transaction(organisation.organisation_id) as connection:
        await connection.execute("update seen_company set details_at = details_at - interval '25 hours'")


async def test_a_number_that_was_told_today_is_not_asked_for_again_and_none_is(
    organisation: Organisation, connection_id: UUID
) -> None:
    assert (await wizard(organisation, connection_id))[1] == {}
    for _ in range(2):
        assert (await wizard(organisation, connection_id))[1] == {"a": NUMBERS, "b": NUMBERS}


async def test_what_is_known_does_not_become_newer_by_not_being_asked_for(
    organisation: Organisation, connection_id: UUID
) -> None:
    await wizard(organisation, connection_id)
    await pass_a_day(organisation)
    await a_day_later(
        organisation, connection_id, a="a", b="b", c="c"
    )  # a look asks for no number that it knows
    assert (await wizard(organisation, connection_id))[1] == {"c": CompanyNumbers("01234567")}


async def test_an_imported_company_is_not_asked_for_again(
    organisation: Organisation, connection_id: UUID
) -> None:
    session_id, _ = await wizard(organisation, connection_id)
    async with organisation.work.begin(organisation.organisation_id) as tx:
        found = await tx.candidates.page(session_id, None, 100)
        chosen = [each.id for each in found if each.external_id == "a"]
        await select_candidates(tx, organisation.caller, session_id, chosen)
    await organisation.confirm(session_id)
    await pass_a_day(organisation)
    assert (await wizard(organisation, connection_id))[1] == {"a": NUMBERS}
