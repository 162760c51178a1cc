"""A company as one of the administrations that a login lists, and its identity, which holds the KvK number."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.eaccounting.books.company_settings import company_settings
from koppel_sandbox.providers.moneybird.books.values import administration_id, moment, record_id
from koppel_sandbox.story.company import Company

ADMINISTRATIONS = "administrations"
IDENTITIES = "identities"


def administration(company: Company, _: int) -> JsonObject:
    told = company_settings(company)
    return {
        "id": administration_id(company),
        "name": told["Name"],
        "language": "nl",
        "currency": "EUR",
        "country": told["CountryCode"],
        "time_zone": "Europe/Amsterdam",
        "access": "accountant_company" if company.number % 2 else "user",
        "suspended": False,
        "period_locked_until": "202412",
        "period_start_date": "2025-01-01",
    }


def identity(company: Company, index: int) -> JsonObject:
    """The administration's default identity."""
    told = company_settings(company)
    return {
        "id": record_id(company, IDENTITIES, index),
        "administration_id": administration_id(company),
        "company_name": told["Name"],
        "city": told["City"],
        "country": told["CountryCode"],
        "zipcode": told["PostalCode"],
        "address1": told["Address1"],
        "address2": None,
        "email": told["Email"],
        "phone": told["Phone"],
        "bank_account_number": told["Iban"],
        "bank_account_bic": None,
        "chamber_of_commerce": told["CorporateIdentityNumber"],
        "tax_number": told["VatCode"],
        "created_at": moment(company.created_at(IDENTITIES, index)),
        "updated_at": moment(company.changed_at(IDENTITIES, index)),
    }
