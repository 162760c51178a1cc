"""What is known of a candidate before it is imported."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from import_svc.adapters.needed_scopes import missing_scopes
from import_svc.domain.candidate import Candidate
from import_svc.domain.company_check import Finding, refused
from import_svc.domain.looks import SeenAs
from import_svc.domain.preflight import preflight
from import_svc.domain.trade_register import RegisteredCompany, RegistryEntry
from koppel.contracts.values import WhoMustAct
from koppel.kernel.ids import new_id
from koppel.providers import failures
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


def told(candidate: Candidate) -> dict[str, tuple[bool, WhoMustAct | None]]:
    return {each.check: (each.ok, each.who_must_act) for each in preflight(candidate)}


def test_what_probes_found_stands_at_its_check_and_the_rest_is_fine() -> None:
    found = (
        Finding("fiscal_year", "no year", WhoMustAct.CUSTOMER),
        Finding("rights", "ours", WhoMustAct.US),
        Finding("company_readable", "licence", WhoMustAct.CUSTOMER),
    )
    checks = told(replace(FINE, findings=found))
    assert {name: who for name, (ok, who) in checks.items() if not ok} == {
        "fiscal_year": WhoMustAct.CUSTOMER,
        "rights": WhoMustAct.US,
        "company_readable": WhoMustAct.CUSTOMER,
    }
    assert checks["modules"] == checks["setup_complete"] == (True, None)


def test_what_was_not_probed_is_not_told() -> None:
    assert not {"setup_complete", "modules", "fiscal_year", "rights", "scopes"} & told(FINE).keys()
    assert {"setup_complete", "modules", "fiscal_year", "rights"} <= told(replace(FINE, findings=())).keys()


@pytest.mark.parametrize(
    ("missing", "findings", "expected"),
    [
        ((), None, (True, None)),
        (("ea:sales",), None, (False, WhoMustAct.CUSTOMER)),
        (None, (Finding("scopes", "no orders", WhoMustAct.CUSTOMER),), (False, WhoMustAct.CUSTOMER)),
        ((), (Finding("scopes", "no orders", WhoMustAct.CUSTOMER),), (False, WhoMustAct.CUSTOMER)),
    ],
)
def test_scopes_are_what_the_login_allowed_and_what_probes_met(
    missing: tuple[str, ...] | None,
    findings: tuple[Finding, ...] | None,
    expected: tuple[bool, WhoMustAct | None],
) -> None:
    assert told(replace(FINE, missing_scopes=missing, findings=findings))["scopes"] == expected


def test_a_missing_scope_is_named() -> None:
    checks = {each.check: each for each in preflight(replace(FINE, missing_scopes=("a", "b")))}
    assert "a, b" in checks["scopes"].detail


ALL_OF_EACCOUNTING = "ea:api ea:sales_readonly ea:accounting_readonly ea:purchase_readonly"


@pytest.mark.parametrize(
    ("provider", "allowed", "missing"),
    [
        ("eaccounting", ALL_OF_EACCOUNTING, ()),
        ("eaccounting", "ea:api ea:accounting_readonly", ("ea:sales_readonly", "ea:purchase_readonly")),
        ("moneybird", "sales_invoices documents", ("settings",)),
        ("exact_online", "anything", None),
        ("snelstart", "anything", None),
        ("eaccounting", None, None),
        ("eaccounting", "", None),
        ("nobody", "a", None),
    ],
)
def test_a_login_needs_the_scopes_that_are_asked_for_reading(
    provider: str, allowed: str | None, missing: tuple[str, ...] | None
) -> None:
    assert missing_scopes(provider, allowed) == missing


def refusal(kind: failures.FailureKind) -> Finding | None:
    return refused(failures.failure(kind).as_contract(), "customer_invoice")


def test_a_refusal_of_one_listing_names_it_and_one_of_the_company_ends_the_probes() -> None:
    one, whole = refusal(failures.MODULE_UNAVAILABLE), refusal(failures.COMPANY_SETUP_INCOMPLETE)
    assert one is not None
    assert whole is not None
    assert (one.check, one.ends_the_probes, "(customer_invoice)." in one.detail) == ("modules", False, True)
    told = failures.failure(failures.COMPANY_SETUP_INCOMPLETE).as_contract().detail
    assert whole.detail == f"{told.rstrip('.')}."
    assert (whole.check, whole.ends_the_probes) == ("setup_complete", True)
    assert "customer_invoice" not in whole.detail


def test_a_refusal_that_says_nothing_of_the_company_is_no_finding() -> None:
    assert refusal(failures.NOT_FOUND) is None
