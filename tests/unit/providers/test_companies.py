"""Discovery: the one company that an eAccounting login covers."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from koppel.providers.catalogue import provider
from koppel.providers.company import Company
from koppel.providers.failures import ProviderFailure
from koppel.providers.kvk import kvk_number
from koppel.providers.port import ProviderAccess

EACCOUNTING = provider("eaccounting")
SETTINGS = {
    "CompanyIdentifier": "0b6f2c1e-0000-4000-8000-000000000001",
    "Name": "Bakkerij De Korenaar B.V.",
    "CorporateIdentityNumber": "01234567",
    "VatCode": "NL001234567B01",
    "CountryCode": "NL",
    "CompanyStatus": 1,
}


async def test_the_login_s_company_is_found_with_its_kvk_number(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    api = answering(httpx.Response(200, json=SETTINGS))
    assert (await EACCOUNTING.discover(api.http, access, None)).companies == [
        Company(
            external_id="0b6f2c1e-0000-4000-8000-000000000001",
            name="Bakkerij De Korenaar B.V.",
            kvk_number="01234567",
            vat_number="NL001234567B01",
            sector=None,
        )
    ]
    (request,) = api.requests
    assert (request.method, request.url.path, request.url.query) == ("GET", "/v2/companysettings", b"")


@pytest.mark.parametrize(
    ("changed", "field", "expected"),
    [
        ({"CountryCode": "DK"}, "kvk_number", None),
        ({"CountryCode": None}, "kvk_number", "01234567"),
        ({"CorporateIdentityNumber": None}, "kvk_number", None),
        ({"VatCode": ""}, "vat_number", None),
        ({"Name": None}, "name", "0b6f2c1e-0000-4000-8000-000000000001"),
    ],
)
async def test_what_the_provider_does_not_know_stays_open(
    answering: Callable[..., Any],
    access: ProviderAccess,
    changed: dict[str, object],
    field: str,
    expected: str | None,
) -> None:
    api = answering(httpx.Response(200, json=SETTINGS | changed))
    (company,) = (await EACCOUNTING.discover(api.http, access, None)).companies
    assert getattr(company, field) == expected


@pytest.mark.parametrize("body", [{}, {"CompanyIdentifier": ""}, {"CompanyIdentifier": 7}, [SETTINGS]])
async def test_company_without_identity_is_a_bad_answer(
    answering: Callable[..., Any], access: ProviderAccess, body: object
) -> None:
    api = answering(httpx.Response(200, json=body))
    with pytest.raises(ProviderFailure, match="provider_bad_answer"):
        await EACCOUNTING.discover(api.http, access, None)


@pytest.mark.parametrize(
    "text", ["69599084", " 69599084 ", "6959 9084", "6959.90.84", "KvK 69599084", "kvk.69599084"]
)
def test_kvk_number_is_found_in_its_usual_dress(text: str) -> None:
    assert kvk_number(text) == "69599084"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "6959908",
        "695990841",
        "6959908A",
        "NL69599084",
        "69599084 01",
        "٦٩٥٩٩٠٨٤",
        69599084,
        None,
        "69599084\x00",
    ],
)
def test_anything_else_is_no_kvk_number(text: object) -> None:
    assert kvk_number(text) is None
