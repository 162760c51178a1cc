"""Moneybird's administrations, with the identity that holds their numbers."""

import pytest
from pydantic import JsonValue

from koppel.providers.company import Company, CompanyStatus
from koppel.providers.failures import ProviderFailure
from koppel.providers.moneybird.companies import companies_of, with_identity

KEY = "433546253484721171"
BAKERY = Company(external_id=KEY, name="Bakkerij De Vries B.V.")


def test_administrations_of_a_login_are_found_by_text_and_by_number() -> None:
    found = companies_of([{"id": KEY, "name": BAKERY.name}, {"id": 433546253484721172, "name": "Twee"}])
    assert found == [BAKERY, Company(external_id="433546253484721172", name="Twee")]


def test_suspended_administration_is_told_as_such() -> None:
    (found,) = companies_of([{"id": KEY, "name": "x", "suspended": True}])
    assert found.status is CompanyStatus.SUSPENDED


def test_login_without_administrations_reaches_none() -> None:
    assert companies_of([]) == []


def test_administration_without_a_name_has_its_id() -> None:
    assert [found.name for found in companies_of([{"id": "1"}, {"id": "2", "name": 7}])] == ["1", "2"]


def test_administration_that_comes_twice_is_one() -> None:
    assert len(companies_of([{"id": "1"}, {"id": 1}])) == 1


@pytest.mark.parametrize("entry", [{}, {"id": ""}, {"id": None}, {"id": 1.5}, "canary", None, ["1"]])
def test_entry_without_identity_spoils_the_list_since_it_would_count_as_lost(entry: JsonValue) -> None:
    with pytest.raises(ProviderFailure, match="provider_bad_answer"):
        companies_of([{"id": "1"}, entry])


@pytest.mark.parametrize(
    ("identity", "kvk", "vat"),
    [
        ({"chamber_of_commerce": "75904695", "tax_number": "NL001234567B01"}, "75904695", "NL001234567B01"),
        ({"chamber_of_commerce": "KvK 7590 4695", "country": "NL"}, "75904695", None),
        ({"chamber_of_commerce": "75904695", "country": "BE", "tax_number": "BE0123456789"}, None, "BE0123456789"),
        ({"chamber_of_commerce": 75904695, "tax_number": ""}, None, None),
        ({"chamber_of_commerce": None, "tax_number": {"canary": 1}}, None, None),
        ({}, None, None),
    ],
)  # fmt: skip
def test_identity_tells_kvk_and_vat_number(
    identity: dict[str, JsonValue], kvk: str | None, vat: str | None
) -> None:
    found = with_identity(BAKERY, identity)
    assert (found.external_id, found.kvk_number, found.vat_number) == (KEY, kvk, vat)
