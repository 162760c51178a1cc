"""Companies that a provider lists and lets nobody read."""

from collections.abc import Mapping
from uuid import UUID

import pytest

from import_svc.application.outside import FoundCompanies
from import_svc.application.select_candidates import select_candidates
from import_svc.domain.looks import NOTHING_KNOWN, CompanyNumbers
from koppel.kernel.errors import Conflict, InvalidInput
from koppel.kernel.ids import new_id
from koppel.providers.company import Company, CompanyKind, CompanyStatus

from .organisation import Companies, Organisation


class One(Companies):
    """A login that covers one company, in this state."""

    def __init__(self, status: CompanyStatus, kind: CompanyKind = CompanyKind.BOOKS) -> None:
        super().__init__()
        self._company = Company("c-1", "Bakkerij Smit", "01234567", status=status, kind=kind)

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
        return FoundCompanies([self._company])


async def select(organisation: Organisation, session_id: UUID) -> None:
    async with organisation.work.begin(organisation.organisation_id) as tx:
        [candidate] = await tx.candidates.page(session_id, None, 10)
        await select_candidates(tx, organisation.caller, session_id, [candidate.id])


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (CompanyStatus.ARCHIVED, CompanyKind.BOOKS, "company_archived"),
        (CompanyStatus.SUSPENDED, CompanyKind.BOOKS, "company_inactive"),
        (CompanyStatus.BLOCKED, CompanyKind.PRACTICE, "company_blocked"),
        (CompanyStatus.ACTIVE, CompanyKind.DOSSIER, "company_without_books"),
    ],
)
async def test_a_company_that_cannot_be_read_is_refused_at_selection(
    organisation: Organisation, status: CompanyStatus, kind: CompanyKind, code: str
) -> None:
    session_id = await organisation.start(await organisation.connect([new_id()]))
    await organisation.discover(session_id, One(status, kind))
    with pytest.raises(InvalidInput) as refused:
        await select(organisation, session_id)
    assert (refused.value.code, refused.value.errors[0].pointer) == (code, "/candidate_ids/0")


async def test_the_organisations_own_books_can_be_imported(organisation: Organisation) -> None:
    source = One(CompanyStatus.ACTIVE, CompanyKind.PRACTICE)
    session_id = await organisation.selected(await organisation.connect([new_id()]), source)
    assert len(await organisation.confirm(session_id)) == 1


async def test_a_company_that_was_closed_after_the_selection_is_not_imported(
    organisation: Organisation,
) -> None:
    grants = [new_id()]
    connection_id = await organisation.connect(grants)
    session_id = await organisation.selected(connection_id, One(CompanyStatus.ACTIVE))
    await organisation.connect_more(connection_id, [new_id()])
    await organisation.discover(session_id, One(CompanyStatus.BLOCKED))
    with pytest.raises(Conflict) as refused:
        await organisation.confirm(session_id)
    assert refused.value.code == "company_closed"
    assert refused.value.errors[0].message == "This company is blocked at the accounting package."
    assert await organisation.count("select count(*) from administration") == 0
