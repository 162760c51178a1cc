"""Exact's ledger lines, put together to vouchers: the lines of one booking share `EntryID`."""

from pydantic import JsonValue

from koppel.contracts.values import ResourceName
from koppel.providers.derived import first_of
from koppel.providers.exact_online.feeds import ENTITY, FEED_PAGE_SIZE, TIMESTAMP, deleted
from koppel.providers.exact_online.values import codes, credit, debit, odata_date, outermost, trimmed
from koppel.providers.listing import Listing, Parts
from koppel.providers.mapping import Constant, Fields, Rows, choice, decimal, identifier, text

BUDGET = 3000
"""`Type` of a line of a budget, which is no booking."""

SALES, PURCHASES = frozenset({20, 21}), frozenset({30, 31})

_LINES = "Lines"
_TYPES = {
    10: "opening_balance",
    20: "customer_invoice_debit",
    21: "customer_invoice_credit",
    30: "supplier_invoice_debit",
    31: "supplier_invoice_credit",
    40: "bank_transaction",
    50: "vat_report",
    90: "manual",
}

LINE: Fields = {
    "account_id": text("GLAccount"),
    "account_number": trimmed("GLAccountCode"),
    "account_name": text("GLAccountDescription"),
    "debit_amount": debit("AmountDC"),
    "credit_amount": credit("AmountDC"),
    "text": text("Description"),
    "vat_code_id": trimmed("VATCode"),
    "vat_amount": decimal("AmountVATFC"),
    "quantity": decimal("Quantity"),
    "cost_center_item_ids": codes("CostCenter", "CostUnit"),
    "project_id": text("Project"),
}

VOUCHER: Fields = {
    "number": identifier("EntryNumber"),
    "series": trimmed("JournalCode"),
    "imported_number": Constant(None),
    "date": odata_date("Date"),
    "text": text("Description"),
    "type": choice("Type", _TYPES),
    "source_id": first_of("Document", "InvoiceNumber"),
    "created_at": outermost(_LINES, "Created", min),
    "modified_at": outermost(_LINES, "Modified", max),
    "rows": Rows(_LINES, LINE),
}

TRANSACTION_LINES = Listing(
    name="TransactionLines",
    resource=ResourceName.VOUCHER,
    path="/sync/Financial/TransactionLines",
    parameters={
        "$select": "Timestamp,ID,EntryID,EntryNumber,LineNumber,LineType,Type,Status,Date,FinancialYear,"
        "FinancialPeriod,JournalCode,JournalDescription,Description,GLAccount,GLAccountCode,GLAccountDescription,"
        "Account,AccountCode,AccountName,AmountDC,AmountFC,AmountVATFC,AmountVATBaseFC,Currency,ExchangeRate,VATCode,"
        "VATPercentage,VATType,CostCenter,CostUnit,Project,ProjectCode,Quantity,InvoiceNumber,YourRef,"
        "PaymentReference,DueDate,Document,Notes,Created,Modified,Division"
    },
    cursor=TIMESTAMP,
    removal=deleted(ENTITY.transaction_lines),
    page_size=FEED_PAGE_SIZE,
    key=("ID",),
    parts=Parts(
        key=("EntryID",),
        head=(
            "EntryID",
            "EntryNumber",
            "JournalCode",
            "Date",
            "Description",
            "Type",
            "Document",
            "InvoiceNumber",
        ),
        order=("LineNumber",),
        rows=_LINES,
    ),
    volatile=frozenset({"Timestamp"}),
    fields=VOUCHER,
)


def is_booking(item: JsonValue) -> bool:
    """Whether an item of the feed is a line of a booking."""
    return not isinstance(item, dict) or item.get("Type") != BUDGET
