"""What a candidate says of itself: why it cannot be imported, what the register says otherwise, and what it begins as."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from import_svc.domain.administration import Administration, AdministrationState
from import_svc.domain.candidate import Candidate, CandidateCounts
from import_svc.domain.looks import SeenAs
from import_svc.domain.profile import Profile, SectorSource, known_sector
from import_svc.domain.refusals import company_closed
from import_svc.domain.trade_register import RegisteredCompany, RegistryEntry
from koppel.contracts.values import Sector
from koppel.kernel.ids import new_id
from koppel.providers.company import CompanyKind, CompanyStatus

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RETAIL = Sector(sbi_version="2025", code="G")
CANDIDATE = Candidate(
    id=new_id(),
    grant_id=new_id(),
    provider="eaccounting",
    external_id="c-1",
    name="Smit",
    kvk_number="01234567",
    vat_number=None,
    provider_sector=None,
    selected=True,
    stored=None,
    already_imported=False,
    administration_id=None,
)


@pytest.mark.parametrize(
    ("candidate", "code"),
    [
        (replace(CANDIDATE, status=CompanyStatus.ARCHIVED), "company_archived"),
        (replace(CANDIDATE, status=CompanyStatus.SUSPENDED), "company_inactive"),
        (replace(CANDIDATE, status=CompanyStatus.BLOCKED), "company_blocked"),
        (replace(CANDIDATE, kind=CompanyKind.DOSSIER), "company_without_books"),
        (replace(CANDIDATE, seen_as=SeenAs.GONE, status=CompanyStatus.BLOCKED), "company_gone"),
        (replace(CANDIDATE, kind=CompanyKind.PRACTICE), None),
        (CANDIDATE, None),
    ],
)
def test_why_a_company_cannot_be_imported_has_a_code_that_a_refusal_tells(
    candidate: Candidate, code: str | None
) -> None:
    assert (candidate.closed and candidate.closed.code) == code
    refused = company_closed([candidate])
    assert refused.code == "company_closed"
    assert [each.code for each in refused.errors] == ([code] if code else [])


def test_a_candidate_is_new_has_books_and_nobody_has_touched_it() -> None:
    assert (CANDIDATE.seen_as, CANDIDATE.kind, CANDIDATE.profile_version) == (
        SeenAs.NEW,
        CompanyKind.BOOKS,
        0,
    )
    assert CandidateCounts(candidates=1, selected=1, already_imported=0, imported=0).new == 0


def test_an_administration_is_of_an_active_company_unless_it_says_otherwise() -> None:
    made = Administration(
        id=new_id(),
        organisation_id=new_id(),
        connection_id=new_id(),
        grant_id=new_id(),
        import_session_id=new_id(),
        provider="eaccounting",
        external_id="c-1",
        name="Smit",
        state=AdministrationState.ACTIVE,
        profile=Profile("01234567", None, None),
        imported_by="somebody",
        imported_at=NOW,
    )
    assert made.status is CompanyStatus.ACTIVE


def test_a_register_that_tells_no_sector_differs_in_none() -> None:
    silent = RegistryEntry("01234567", RegisteredCompany("01234567", "Smit", active=True), NOW)
    told = replace(CANDIDATE, provider_sector=RETAIL, registry=silent)
    assert (told.sector, told.registry_differs) == (RETAIL, [])


def test_what_a_person_stored_without_a_sector_leaves_it_to_the_package() -> None:
    number_alone = Profile("01234567", None, None)
    assert known_sector(number_alone, RETAIL, None) == (RETAIL, SectorSource.PACKAGE)
    assert known_sector(number_alone, None, None) == (None, None)
