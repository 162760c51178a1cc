"""Moneybird's ledger accounts, VAT rates and projects, which are listed whole, and its memorials."""

from koppel.contracts.values import ResourceName
from koppel.providers.derived import fraction, inside
from koppel.providers.listing import Listing
from koppel.providers.mapping import Constant, Derived, Fields, Item, Rows, business_date, flag, instant, text
from koppel.providers.moneybird.contacts import VOLATILE
from koppel.providers.moneybird.invoices import EVERY_YEAR
from koppel.providers.moneybird.values import amount, choice
from koppel.providers.moneybird.versions import BATCH
from koppel.providers.reading import Listed, Versions


def _type(item: Item) -> str:
    return "fiscal_year_ending" if item.get("journal_type") else "manual"


def _is_blocked(item: Item) -> bool | None:
    allowed = item.get("allowed_document_types")
    return "general_journal_document" not in allowed if isinstance(allowed, list) else None


ACCOUNT: Fields = {
    "number": text("account_id"),
    "name": text("name"),
    "fiscal_year_id": Constant(None),
    "type": text("account_type"),
    "type_name": Constant(None),
    "reference_code": inside("taxonomy_item", "code"),
    "vat_code_id": Constant(None),
    "is_active": flag("active"),
    "is_blocked_for_manual_booking": Derived(("allowed_document_types",), _is_blocked),
    "modified_at": instant("updated_at"),
}

# A rate has no code of its own: its id is what rows name.
VAT_CODE: Fields = {
    "code": text("id"),
    "description": text("name"),
    "rate": fraction("percentage"),
    "oss_type": Constant(None),
}

PROJECT: Fields = {
    "number": Constant(None),
    "name": text("name"),
    "start_date": Constant(None),
    "end_date": Constant(None),
    "contact_id": Constant(None),
    "contact_name": Constant(None),
    "notes": Constant(None),
    "status": choice("state", {"active": "ongoing", "archived": "finished"}),
    "modified_at": Constant(None),
}

# Rows name accounts by id, never by number: the account's record has the number.
VOUCHER: Fields = {
    "number": text("reference"),
    "series": Constant(None),
    "imported_number": Constant(None),
    "date": business_date("date"),
    "text": Constant(None),
    "type": Derived(("journal_type",), _type),
    "source_id": Constant(None),
    "created_at": instant("created_at"),
    "modified_at": instant("updated_at"),
    "rows": Rows(
        "general_journal_document_entries",
        {
            "account_id": text("ledger_account_id"),
            "account_number": Constant(None),
            "account_name": Constant(None),
            "debit_amount": amount("debit"),
            "credit_amount": amount("credit"),
            "text": text("description"),
            "vat_code_id": Constant(None),
            "vat_amount": Constant(None),
            "quantity": Constant(None),
            "cost_center_item_ids": Constant(None),
            "project_id": text("project_id"),
        },
    ),
}

ACCOUNTS = Listing(
    name="ledger_accounts",
    resource=ResourceName.LEDGER_ACCOUNT,
    path="/ledger_accounts",
    counted=False,
    key=("id",),
    fields=ACCOUNT,
)
VAT_CODES = Listing(
    name="tax_rates",
    resource=ResourceName.VAT_CODE,
    path="/tax_rates",
    page_size=BATCH,
    counted=False,
    key=("id",),
    fields=VAT_CODE,
)
PROJECTS = Listing(
    name="projects",
    resource=ResourceName.PROJECT,
    path="/projects",
    parameters={"filter": "state:all"},
    page_size=BATCH,
    counted=False,
    key=("id",),
    fields=PROJECT,
)
JOURNAL_DOCUMENTS = Listing(
    name="general_journal_documents",
    resource=ResourceName.VOUCHER,
    path="/documents/general_journal_documents",
    parameters={"filter": EVERY_YEAR},
    cursor=Versions(BATCH),
    removal=Listed(),
    page_size=BATCH,
    key=("id",),
    volatile=VOLATILE,
    fields=VOUCHER,
)
