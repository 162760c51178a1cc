"""A company as one of the divisions that a login lists."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import at
from koppel_sandbox.providers.eaccounting.books.company_settings import company_settings
from koppel_sandbox.providers.exact_online.shapes import shaped
from koppel_sandbox.providers.exact_online.values import division_code, odata_date, padded
from koppel_sandbox.story.company import Company

DIVISIONS = "Divisions"
ABROAD = 20_000
"""Companies of this number and above are Belgian."""
ACCOUNTANT = "Administratiekantoor Veenstra"
_ACTIVE, _INACTIVE, _ARCHIVED = 1, 0, 2


def is_abroad(company: Company) -> bool:
    return company.number >= ABROAD


def is_clients(company: Company) -> bool:
    """Every second client has a licence of its own; the office's own are one licence."""
    return company.number % 2 == 1


def division(company: Company, _: int) -> JsonObject:
    """In use and not blocked; the world writes over it what became of it."""
    told, code = company_settings(company), division_code(company)
    abroad = is_abroad(company)
    customer = "client" if is_clients(company) else "office"
    number = company.number if is_clients(company) else 0
    return shaped(
        "Division",
        Code=code,
        Hid=company.number + 1,
        Description=told["Name"],
        Customer=company.guid(customer, number),
        CustomerCode=padded(500_000 + number),
        CustomerName=told["Name"] if is_clients(company) else ACCOUNTANT,
        ChamberOfCommerceNumber=None if abroad else told["CorporateIdentityNumber"],
        VATNumber=f"BE0{code:09d}" if abroad else told["VatCode"],
        Country="BE" if abroad else "NL",
        Currency="EUR",
        Legislation="België" if abroad else "Nederland",
        Status=_ACTIVE,
        BlockingStatus=0,
        IsMainDivision=company.number == 0,
        IsPracticeDivision=False,
        IsDossierDivision=False,
        IsHRDivision=False,
        Current=False,
        StartDate=odata_date(at(2025)),
        Created=odata_date(company.created_at(DIVISIONS, 0)),
        Modified=odata_date(company.changed_at(DIVISIONS, 0)),
    )


def in_state(body: JsonObject, state: str) -> None:
    """Writes a state of `settings.STATES` into a division."""
    if state == "archived":
        body.update(Status=_ARCHIVED, ArchiveDate=odata_date(at(2026, 1, 31)))
    elif state == "suspended":
        body["Status"] = _INACTIVE
    elif state == "blocked":
        body["BlockingStatus"] = 2
    elif state in {"practice", "dossier"}:
        body["IsPracticeDivision" if state == "practice" else "IsDossierDivision"] = True


def state_of(body: JsonObject) -> str:
    """`active`, `suspended`, `archived` or `blocked`, whatever kind of division it is."""
    if body["Status"] != _ACTIVE:
        return "archived" if body["Status"] == _ARCHIVED else "suspended"
    return "blocked" if body["BlockingStatus"] else "active"


def kind_of(body: JsonObject) -> str:
    if body["IsPracticeDivision"]:
        return "practice"
    return "dossier" if body["IsDossierDivision"] else "books"
