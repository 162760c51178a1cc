"""Ledger accounts, VAT rates, projects, and the memorials that somebody booked by hand."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.eaccounting.books import chart, dimensions
from koppel_sandbox.providers.moneybird.books.values import administration_id, amount, day, moment, record_id
from koppel_sandbox.story.amounts import booking_date
from koppel_sandbox.story.company import Company
from koppel_sandbox.story.dutch import EXPENSES

LEDGER_ACCOUNTS = "ledger_accounts"
TAX_RATES = "tax_rates"
PROJECTS = "projects"
JOURNAL_DOCUMENTS = "documents/general_journal_documents"

_TYPES = (
    "other",
    "non_current_assets",
    "equity",
    "current_assets",
    "current_liabilities",
    "expenses",
    "revenue",
)
_EVERY_TYPE = [
    "sales_invoice",
    "purchase_invoice",
    "general_journal_document",
    "financial_mutation",
    "payment",
]
_RATE_TYPES = {"I": "purchase_invoice", "V": "sales_invoice"}


_BLOCKED = {"1300", "1600"}
_PLACES = {line.number: place for place, line in enumerate(chart.CHART)}


def account_id(company: Company, number: object) -> str:
    """The id of the account with this number in the chart; numbers have four digits."""
    return record_id(company, LEDGER_ACCOUNTS, _PLACES[f"{number:0>4}"])


def account_count(company: Company) -> int:
    """The whole chart, or as many accounts as were asked for: there are no years, and rows name any of them."""
    return max(company.sizes.accounts, len(chart.CHART)) if company.sizes.accounts else 0


def journal_count(company: Company) -> int:
    """One for every ten of the story's vouchers: the rest are invoices, which book themselves."""
    return company.sizes.vouchers // 10


def ledger_account(company: Company, index: int) -> JsonObject:
    line = chart.chart_line(index)
    is_blocked = line.number in _BLOCKED
    allowed = [each for each in _EVERY_TYPE if not (is_blocked and each == "general_journal_document")]
    taxonomy = {
        "taxonomy_version": "NT17",
        "code": f"B{index:03d}",
        "name": line.name,
        "name_english": None,
        "reference": None,
    }
    return {
        "id": record_id(company, LEDGER_ACCOUNTS, index),
        "administration_id": administration_id(company),
        "name": line.name,
        "account_type": _TYPES[line.type],
        "account_id": line.number if index % 20 else None,  # few offices fill it in everywhere
        "parent_id": int(record_id(company, LEDGER_ACCOUNTS, index - 1)) if index % 10 == 9 else None,
        "active": True,
        "created_at": moment(company.created_at(LEDGER_ACCOUNTS, index)),
        "updated_at": moment(company.changed_at(LEDGER_ACCOUNTS, index)),
        "allowed_document_types": allowed,
        "taxonomy_item": taxonomy,
        "financial_account_id": None,
    }


def tax_rate(company: Company, index: int) -> JsonObject:
    told = chart.vat_code(company, index)
    percent = round(float(str(told["VatRate"])) * 100, 2)
    return {
        "id": int(record_id(company, TAX_RATES, index)),
        "administration_id": administration_id(company),
        "name": told["Description"],
        "percentage": str(percent) if index % 2 else percent,
        "tax_rate_type": _RATE_TYPES.get(str(told["Code"])[:1], "general_journal_document"),
        "show_tax": True,
        "active": True,
        "country": None,
        "created_at": moment(company.created_at(TAX_RATES, index)),
        "updated_at": moment(company.changed_at(TAX_RATES, index)),
    }


def project(company: Company, index: int) -> JsonObject:
    told = dimensions.project(company, index)
    return {
        "id": record_id(company, PROJECTS, index),
        "name": told["Name"],
        "state": "archived" if told["Status"] == 2 else "active",
        "budget": None,
    }


def journal_document(company: Company, index: int) -> JsonObject:
    """A memorial; invoices and the bank book themselves and have no document of this kind."""
    draw = company.draw(JOURNAL_DOCUMENTS, index)
    text, money = draw.one_of(EXPENSES), draw.between(1_000, 400_000)
    changed = company.changed_at(JOURNAL_DOCUMENTS, index)
    times = {
        "created_at": moment(company.created_at(JOURNAL_DOCUMENTS, index)),
        "updated_at": moment(changed),
    }
    entries = [
        {
            "id": record_id(company, f"{JOURNAL_DOCUMENTS}/{index}", number),
            "administration_id": administration_id(company),
            "ledger_account_id": account_id(company, account),
            "project_id": None,
            "contact_id": None,
            "debit": amount(debit),
            "credit": amount(credit),
            "row_order": number,
            "description": text,
            **times,
        }
        for number, (account, debit, credit) in enumerate((("4900", money, 0), ("1100", 0, money)))
    ]
    return {
        "id": record_id(company, JOURNAL_DOCUMENTS, index),
        "administration_id": administration_id(company),
        "reference": f"MEM{index + 1:05d}",
        "date": day(booking_date(company, index, journal_count(company))),
        "journal_type": None,
        **times,
        "version": changed,
        "general_journal_document_entries": entries,
        "notes": [],
        "attachments": [],
    }
