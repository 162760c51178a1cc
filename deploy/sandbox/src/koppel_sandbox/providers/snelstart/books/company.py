"""The administration that a key opens."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.eaccounting.books.company_settings import company_settings
from koppel_sandbox.story.company import Company

COMPANY_INFO = "companyInfo"
_FORMS = {1: "Bv", 2: "Eenmanszaak", 5: "Vof", 9: "Nv"}


def company_info(company: Company, _: int) -> JsonObject:
    told = company_settings(company)
    return {
        "administratieIdentifier": company.guid(COMPANY_INFO, 0),
        "administratieNaam": told["Name"],
        "bedrijfsnaam": told["Name"],
        "rechtsvorm": _FORMS.get(int(str(told["TypeOfBusiness"])), "NotSet"),
        "kvKNummer": told["CorporateIdentityNumber"] or "",
        "btwNummer": told["VatCode"],
        "btwIdentificatieNummer": told["VatCode"],
        "adres": told["Address1"],
        "postcode": told["PostalCode"],
        "plaats": told["City"],
        "email": told["Email"],
        "iban": told["Iban"],
        "huidigBoekjaar": 2026,
        "beginmaandFiscaleBoekjaar": 1,
        "btwAangiftePeriodeSoort": "Kwartaal",
        "kleineOndernemersregeling": None,
    }
