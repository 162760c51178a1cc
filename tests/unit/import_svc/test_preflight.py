"""What is known of a candidate before it is imported."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from import_svc.domain.candidate import Candidate
from import_svc.domain.looks import SeenAs
from import_svc.domain.preflight import preflight
from import_svc.domain.trade_register import RegisteredCompany, RegistryEntry
from koppel.contracts.values import WhoMustAct
from koppel.kernel.ids import new_id
from koppel.providers.company import CompanyStatus

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
KNOWN = RegistryEntry("01234567", RegisteredCompany("01234567", "Smit", active=True), NOW)
ENDED = RegistryEntry("01234567", RegisteredCompany("01234567", "Smit", active=False), NOW)
FINE = Candidate(
    id=new_id(),
    grant_id=new_id(),
    provider="eaccounting",
    external_id="c-1",
    name="Smit",
    kvk_number="01234567",
    vat_number=None,
    provider_sector=None,
    selected=False,
    stored=None,
    already_imported=False,
    administration_id=None,
    registry=KNOWN,
)


def test_what_is_as_it_should_be_needs_nobody() -> None:
    assert [(each.check, each.ok, each.who_must_act) for each in preflight(FINE)] == [
        ("company_readable", True, None),
        ("login_works", True, None),
        ("registered", True, None),
    ]


@pytest.mark.parametrize(
    ("candidate", "check", "words"),
    [
        (replace(FINE, status=CompanyStatus.ARCHIVED), "company_readable", "archived"),
        (replace(FINE, seen_as=SeenAs.GONE), "company_readable", "any more"),
        (replace(FINE, login_works=False), "login_works", "log in again"),
        (replace(FINE, registry=ENDED), "registered", "ended"),
        (replace(FINE, registry=replace(KNOWN, company=None)), "registered", "nobody"),
    ],
)
def test_what_is_not_says_who_can_mend_it(candidate: Candidate, check: str, words: str) -> None:
    [wrong] = [each for each in preflight(candidate) if not each.ok]
    assert (wrong.check, wrong.who_must_act) == (check, WhoMustAct.CUSTOMER)
    assert words in wrong.detail


@pytest.mark.parametrize("registry", [None, RegistryEntry("01234567")])
def test_a_register_that_has_not_answered_is_no_check(registry: RegistryEntry | None) -> None:
    assert [each.check for each in preflight(replace(FINE, registry=registry))] == [
        "company_readable",
        "login_works",
    ]
