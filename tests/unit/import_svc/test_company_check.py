"""What a probe's refusal, and an empty list, mean for an import."""

from datetime import timedelta

import pytest

from import_svc.domain import company_check
from import_svc.domain.company_check import empty, refused
from koppel.contracts.values import WhoMustAct
from koppel.providers import failures


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (failures.COMPANY_INACTIVE, "company_readable"),
        (failures.COMPANY_BLOCKED, "company_readable"),
        (failures.LICENCE_EXPIRED, "company_readable"),
        (failures.COMPANY_SETUP_INCOMPLETE, "setup_complete"),
        (failures.LICENCE_TERMS, "setup_complete"),
        (failures.MODULE_UNAVAILABLE, "modules"),
        (failures.SCOPE_MISSING, "scopes"),
        (failures.FORBIDDEN, "rights"),
        (failures.NO_COMPANY_ACCESS, "rights"),
        (failures.NOT_IN_CONSENT, "rights"),
        (failures.LOGIN_BLOCKED, "rights"),
        (failures.RIGHTS_NOT_REGISTERED, "rights"),
    ],
)
def test_each_refusal_answers_one_check_and_says_who_must_act(kind: failures.FailureKind, check: str) -> None:
    found = refused(failures.failure(kind).as_contract(), "voucher")
    assert found is not None
    assert (found.check, found.who_must_act) == (check, kind.who_must_act)
    assert found.detail.startswith(kind.detail.rstrip("."))
    assert found.ends_the_probes == (check in {"company_readable", "setup_complete"})
    assert found.detail.endswith("(voucher).") != found.ends_the_probes


@pytest.mark.parametrize(
    ("resource", "check", "words"),
    [
        ("period", "fiscal_year", "no fiscal year"),
        ("ledger_account", "rights", "no ledger account at all"),
        ("journal", "rights", "may lack the right"),
    ],
)
def test_an_empty_list_of_what_every_company_has_is_a_finding(resource: str, check: str, words: str) -> None:
    found = empty(resource)
    assert (found.check, found.who_must_act) == (check, WhoMustAct.CUSTOMER)
    assert words in found.detail
    assert not found.ends_the_probes


def test_how_long_and_how_often() -> None:
    assert timedelta(minutes=5) == company_check.CHECKED_FOR
    assert company_check.MOST_ATTEMPTS == 4
    assert company_check.PROBED == ("setup_complete", "modules", "fiscal_year", "rights")
