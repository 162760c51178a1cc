"""Moneybird's administrations, and the identity of one that knows its KvK and VAT numbers."""

from dataclasses import replace

from pydantic import JsonValue

from koppel.providers import failures
from koppel.providers.company import Company, CompanyStatus
from koppel.providers.conversion import Unmappable, identifier
from koppel.providers.failures import failure
from koppel.providers.kvk import kvk_number


def companies_of(items: list[JsonValue]) -> list[Company]:
    """The administrations of a login. Raises `provider_bad_answer` when one has no id: the list would lack it."""
    found = [_company(item) for item in items if isinstance(item, dict)]
    companies = {company.external_id: company for company in found if company}
    if len(found) != len(items) or None in found:
        raise failure(failures.BAD_ANSWER)
    return list(companies.values())


def _company(item: dict[str, JsonValue]) -> Company | None:
    try:
        key = identifier(item.get("id"))
    except Unmappable:
        return None
    if not key:
        return None
    name, is_suspended = item.get("name"), item.get("suspended") is True
    return Company(
        external_id=key,
        name=name if isinstance(name, str) and name else key,
        status=CompanyStatus.SUSPENDED if is_suspended else CompanyStatus.ACTIVE,
    )


def with_identity(company: Company, identity: dict[str, JsonValue]) -> Company:
    """The company with what its default identity says; a number of another country's register is none of KvK's."""
    vat, country = identity.get("tax_number"), identity.get("country")
    is_dutch = not country or country == "NL"
    return replace(
        company,
        kvk_number=kvk_number(identity.get("chamber_of_commerce")) if is_dutch else None,
        vat_number=vat if isinstance(vat, str) and vat else None,
    )
