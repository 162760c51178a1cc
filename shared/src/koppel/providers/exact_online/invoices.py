"""Exact's sales and purchase entries. They have no feed: the ledger lines tell which to read again.

`SalesEntries` holds the invoices of all books; `sync/SalesInvoice/SalesInvoices` would bring those of the invoicing
module a second time under other ids, so it is not read.
"""

from koppel.contracts.values import ResourceName
from koppel.providers.exact_online.feeds import LIST_PAGE_SIZE
from koppel.providers.exact_online.ledger import COUNTED
from koppel.providers.exact_online.values import (
    codes,
    credit,
    debit,
    odata_date,
    odata_instant,
    one_of,
    trimmed,
)
from koppel.providers.exact_online.vouchers import PURCHASES, SALES, TRANSACTION_LINES
from koppel.providers.listing import Listing, Reread
from koppel.providers.mapping import Constant, Fields, Rows, choice, decimal, identifier, text, whole

SALES_ENTRY: Fields = {
    "number": identifier("InvoiceNumber"),
    "is_credit": one_of("Type", 21),
    "contact_id": text("Customer"),
    "contact_number": Constant(None),
    "contact_name": text("CustomerName"),
    "invoice_date": odata_date("EntryDate"),
    "due_date": odata_date("DueDate"),
    "delivery_date": Constant(None),
    "payment_date": Constant(None),
    "payment_status": Constant(None),
    "payment_reference": text("PaymentReference"),
    "currency": trimmed("Currency"),
    "currency_rate": decimal("Rate"),
    "total_amount": decimal("AmountDC"),
    "total_amount_in_currency": decimal("AmountFC"),
    "vat_amount": decimal("VATAmountDC"),
    "vat_amount_in_currency": decimal("VATAmountFC"),
    "rounding": Constant(None),
    "remaining_amount": Constant(None),
    "remaining_amount_in_currency": Constant(None),
    "includes_vat": Constant(None),
    "our_reference": Constant(None),
    "your_reference": text("YourRef"),
    "voucher_id": text("EntryID"),
    "voucher_number": identifier("EntryNumber"),
    "created_at": odata_instant("Created"),
    "modified_at": odata_instant("Modified"),
    "rows": Rows(
        "SalesEntryLines",
        {
            "id": text("ID"),
            "line_number": whole("LineNumber"),
            "article_id": Constant(None),
            "article_number": Constant(None),
            "text": text("Description"),
            "is_text_row": Constant(None),
            "quantity": decimal("Quantity"),
            "unit": Constant(None),
            "unit_price": Constant(None),
            "discount_percentage": Constant(None),
            "amount": decimal("AmountFC"),
            "amount_without_vat": Constant(None),
            "vat_rate": decimal("VATPercentage"),
            "cost_center_item_ids": codes("CostCenter", "CostUnit"),
            "project_id": text("Project"),
        },
    ),
}

PURCHASE_ENTRY: Fields = {
    "number": text("YourRef"),
    "sequence_number": identifier("EntryNumber"),
    "series": trimmed("Journal"),
    "is_credit": one_of("Type", 31),
    "contact_id": text("Supplier"),
    "contact_number": Constant(None),
    "contact_name": text("SupplierName"),
    "status": choice("Status", {5: "rejected", 20: "normal", 50: "normal"}),
    "invoice_date": odata_date("EntryDate"),
    "due_date": odata_date("DueDate"),
    "payment_date": Constant(None),
    "payment_status": Constant(None),
    "payment_reference": text("PaymentReference"),
    "currency": trimmed("Currency"),
    "currency_rate": decimal("Rate"),
    "total_amount": decimal("AmountFC"),
    "vat_amount": decimal("VATAmountFC"),
    "remaining_amount": Constant(None),
    "remaining_amount_in_currency": Constant(None),
    "voucher_id": text("EntryID"),
    "voucher_number": identifier("EntryNumber"),
    "created_at": odata_instant("Created"),
    "modified_at": odata_instant("Modified"),
    "rows": Rows(
        "PurchaseEntryLines",
        {
            "id": text("ID"),
            "line_number": whole("LineNumber"),
            "account_id": text("GLAccount"),
            "account_number": trimmed("GLAccountCode"),
            "account_name": text("GLAccountDescription"),
            "debit_amount": debit("AmountFC"),
            "credit_amount": credit("AmountFC"),
            "text": text("Description"),
            "vat_code_id": trimmed("VATCode"),
            "vat_amount": decimal("VATAmountFC"),
            "quantity": decimal("Quantity"),
            "cost_center_item_ids": codes("CostCenter", "CostUnit"),
            "project_id": text("Project"),
        },
    ),
}

_ENTRY = (
    "EntryID,EntryNumber,InvoiceNumber,Type,Status,Journal,EntryDate,DueDate,Description,YourRef,PaymentReference,"
    "PaymentCondition,Currency,Rate,AmountDC,AmountFC,VATAmountDC,VATAmountFC,ReportingYear,ReportingPeriod,Reversal,"
    "Document,Created,Modified,Division"
)
_LINE = (
    "ID", "LineNumber", "GLAccount", "GLAccountCode", "GLAccountDescription", "Description", "Quantity", "AmountDC",
    "AmountFC", "VATAmountDC", "VATAmountFC", "VATCode", "VATPercentage", "CostCenter", "CostUnit", "Project", "Notes",
)  # fmt: skip


def _parameters(party: str, lines: str) -> dict[str, str]:
    of_lines = ",".join(f"{lines}/{name}" for name in _LINE)
    return COUNTED | {"$select": f"{_ENTRY},{party},{party}Name,{of_lines}", "$expand": lines}


SALES_ENTRIES = Listing(
    name="SalesEntries",
    resource=ResourceName.CUSTOMER_INVOICE,
    path="/salesentry/SalesEntries",
    parameters=_parameters("Customer", "SalesEntryLines"),
    reread=Reread(TRANSACTION_LINES.name, {"Type": SALES}),
    page_size=LIST_PAGE_SIZE,
    key=("EntryID",),
    fields=SALES_ENTRY,
)
PURCHASE_ENTRIES = Listing(
    name="PurchaseEntries",
    resource=ResourceName.SUPPLIER_INVOICE,
    path="/purchaseentry/PurchaseEntries",
    parameters=_parameters("Supplier", "PurchaseEntryLines"),
    reread=Reread(TRANSACTION_LINES.name, {"Type": PURCHASES}),
    page_size=LIST_PAGE_SIZE,
    key=("EntryID",),
    fields=PURCHASE_ENTRY,
)
