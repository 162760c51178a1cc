"""Sales and purchase entries: the invoices of all books, with their lines."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import DAY, as_date
from koppel_sandbox.providers.exact_online.books.ledger import (
    PROJECTS,
    PURCHASE_JOURNAL,
    SALES_JOURNAL,
    cost_centre_code,
    gl_account_id,
    vat_code_code,
)
from koppel_sandbox.providers.exact_online.books.parties import (
    ACCOUNTS,
    account_name,
    supplier_account,
)
from koppel_sandbox.providers.exact_online.shapes import shaped
from koppel_sandbox.providers.exact_online.values import division_code, euros, odata_date
from koppel_sandbox.story.amounts import CUSTOMER_INVOICES, SUPPLIER_INVOICES, Amounts, InvoiceLine, amounts
from koppel_sandbox.story.company import Company
from koppel_sandbox.story.draw import Draw
from koppel_sandbox.story.dutch import EXPENSES, PRODUCTS

SALES_ENTRIES, PURCHASE_ENTRIES = "SalesEntries", "PurchaseEntries"
SALES_LINES, PURCHASE_LINES = "SalesEntryLines", "PurchaseEntryLines"
PROCESSED = 50

_TERM_DAYS = 30
_SALES_VAT, _PURCHASE_VAT = {21: 4, 9: 5}, {21: 0, 9: 1}
_SALES_ACCOUNTS = {21: ("8000", "Omzet hoog tarief"), 9: ("8010", "Omzet laag tarief")}
_PURCHASE_ACCOUNTS = {21: ("7000", "Inkoopwaarde van de omzet"), 9: ("7010", "Inkoop laag tarief")}


def sales_number(index: int) -> int:
    return 26_700_001 + index


def purchase_number(index: int) -> int:
    return 26_600_001 + index


def revenue_account(line: InvoiceLine) -> tuple[str, str]:
    return _SALES_ACCOUNTS[line.vat_percent]


def cost_account(line: InvoiceLine) -> tuple[str, str]:
    return _PURCHASE_ACCOUNTS[line.vat_percent]


def vat_code_of(line: InvoiceLine, *, is_sale: bool) -> str:
    return vat_code_code((_SALES_VAT if is_sale else _PURCHASE_VAT)[line.vat_percent])


def cost_centre_of(company: Company, draw: Draw) -> str | None:
    """One line in three names a cost centre."""
    if not company.sizes.costcenters or not draw.chance(33):
        return None
    return cost_centre_code(draw.below(company.sizes.costcenters))


def project_of(company: Company, draw: Draw) -> str | None:
    if not company.sizes.projects or not draw.chance(20):
        return None
    return company.guid(PROJECTS, draw.below(company.sizes.projects))


def _line(company: Company, kind: str, index: int, number: int, line: InvoiceLine) -> JsonObject:
    is_sale = kind == SALES_ENTRIES
    account, name = revenue_account(line) if is_sale else cost_account(line)
    draw = company.draw(f"{kind}/{index}/lines", number)
    return shaped(
        "SalesEntryLine" if is_sale else "PurchaseEntryLine",
        ID=company.guid(f"{kind}/{index}/lines", number),
        LineNumber=number + 1,
        GLAccount=gl_account_id(company, account),
        GLAccountCode=account,
        GLAccountDescription=name,
        Description=draw.one_of(PRODUCTS if is_sale else EXPENSES),
        Quantity=float(line.quantity),
        AmountDC=euros(line.net),
        AmountFC=euros(line.net),
        VATAmountDC=euros(line.vat),
        VATAmountFC=euros(line.vat),
        VATCode=vat_code_of(line, is_sale=is_sale),
        VATPercentage=line.vat_percent / 100,
        CostCenter=cost_centre_of(company, draw),
        Project=project_of(company, draw),
    )


def _common(company: Company, kind: str, index: int, whole: Amounts) -> JsonObject:
    """What sales and purchases tell alike."""
    year, month = as_date(whole.date)[:7].split("-")
    total, vat = euros(whole.net + whole.vat), euros(whole.vat)
    return {
        "EntryID": company.guid(kind, index),
        "Status": PROCESSED,
        "EntryDate": odata_date(whole.date),
        "DueDate": odata_date(whole.date + _TERM_DAYS * DAY),
        "PaymentCondition": str(_TERM_DAYS),
        "Currency": "EUR",
        "Rate": 1.0,
        "AmountDC": total,
        "AmountFC": total,
        "VATAmountDC": vat,
        "VATAmountFC": vat,
        "ReportingYear": int(year),
        "ReportingPeriod": int(month),
        "Reversal": False,
        "Created": odata_date(company.created_at(kind, index)),
        "Modified": odata_date(company.changed_at(kind, index)),
        "Division": division_code(company),
    }


def _lines(company: Company, kind: str, index: int, whole: Amounts) -> list[JsonObject]:
    return [_line(company, kind, index, number, line) for number, line in enumerate(whole.lines)]


def sales_entry(company: Company, index: int) -> JsonObject:
    whole = amounts(company, CUSTOMER_INVOICES, index)
    number = sales_number(index)
    return shaped(
        "SalesEntry",
        **_common(company, SALES_ENTRIES, index, whole),
        EntryNumber=number,
        InvoiceNumber=number,
        Type=20,
        Journal=SALES_JOURNAL,
        Customer=company.guid(ACCOUNTS, whole.party),
        CustomerName=account_name(company, whole.party),
        Description=f"Verkoopfactuur {number}",
        YourRef=f"PO-{1000 + index}",
        PaymentReference=str(number),
        SalesEntryLines=_lines(company, SALES_ENTRIES, index, whole),
    )


def purchase_entry(company: Company, index: int) -> JsonObject:
    whole = amounts(company, SUPPLIER_INVOICES, index)
    seller = supplier_account(company, whole.party)
    return shaped(
        "PurchaseEntry",
        **_common(company, PURCHASE_ENTRIES, index, whole),
        EntryNumber=purchase_number(index),
        Type=30,
        Journal=PURCHASE_JOURNAL,
        Supplier=company.guid(ACCOUNTS, seller),
        SupplierName=account_name(company, seller),
        Description=f"Inkoopfactuur {index + 1}",
        YourRef=f"F{company.draw('yourref', index).between(100_000, 999_999)}",
        PurchaseEntryLines=_lines(company, PURCHASE_ENTRIES, index, whole),
    )
