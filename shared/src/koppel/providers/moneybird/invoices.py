"""Moneybird's invoices: those made there, those made elsewhere, and purchase invoices and receipts."""

from koppel.contracts.values import ResourceName
from koppel.providers.derived import inside
from koppel.providers.listing import Listing
from koppel.providers.mapping import (
    Constant,
    Derived,
    Fields,
    Item,
    Rows,
    business_date,
    flag,
    instant,
    text,
    whole,
)
from koppel.providers.moneybird.contacts import VOLATILE
from koppel.providers.moneybird.values import (
    amount,
    choice,
    difference,
    is_negative,
    name_of,
    open_amount,
    total_of,
)
from koppel.providers.moneybird.versions import BATCH
from koppel.providers.reading import Listed, Versions

EVERY_YEAR = "period:19000101..21001231"
"""Lists may default to this year, and a period without an end is refused."""

_SALES_STATES = {
    "paid": "paid",
    "late": "overdue",
    "reminded": "overdue",
    "open": "unpaid",
    "pending_payment": "unpaid",
    "scheduled": "unpaid",
}
_PURCHASE_STATES = {
    "paid": "paid",
    "late": "overdue",
    "open": "unpaid",
    "saved": "unpaid",
    "new": "unpaid",
    "pending_payment": "unpaid",
}


def _is_credit(item: Item) -> bool:
    return bool(item.get("original_sales_invoice_id")) or is_negative(item, "total_price_incl_tax")


def _contact_name(item: Item) -> str | None:
    contact = item.get("contact")
    return name_of(contact) if isinstance(contact, dict) else None


def _status(item: Item) -> str | None:
    state = item.get("state")
    return None if state is None else "draft" if state == "new" else "normal"


SALES_ROW: Fields = {
    "id": text("id"),
    "line_number": whole("row_order"),
    "article_id": text("product_id"),
    "article_number": Constant(None),
    "text": text("description"),
    "is_text_row": Constant(None),
    "quantity": amount("amount_decimal"),
    "unit": Constant(None),
    "unit_price": amount("price"),
    "discount_percentage": Constant(None),
    "amount": Constant(None),
    "amount_without_vat": amount("total_price_excl_tax_with_discount"),
    "vat_rate": Constant(None),
    "cost_center_item_ids": Constant(None),
    "project_id": text("project_id"),
}

SALES_INVOICE: Fields = {
    "number": text("invoice_id"),
    "is_credit": Derived(("original_sales_invoice_id", "total_price_incl_tax"), _is_credit),
    "contact_id": text("contact_id"),
    "contact_number": inside("contact", "customer_id"),
    "contact_name": Derived(("contact",), _contact_name),
    "invoice_date": business_date("invoice_date"),
    "due_date": business_date("due_date"),
    "delivery_date": Constant(None),
    "payment_date": business_date("paid_at"),
    "payment_status": choice("state", _SALES_STATES),
    "payment_reference": text("payment_reference"),
    "currency": text("currency"),
    "currency_rate": Constant(None),
    "total_amount": amount("total_price_incl_tax_base"),
    "total_amount_in_currency": amount("total_price_incl_tax"),
    "vat_amount": total_of("tax_totals", "tax_amount_base"),
    "vat_amount_in_currency": total_of("tax_totals", "tax_amount"),
    "rounding": Constant(None),
    "remaining_amount": amount("total_unpaid_base"),
    "remaining_amount_in_currency": amount("total_unpaid"),
    "includes_vat": flag("prices_are_incl_tax"),
    "our_reference": Constant(None),
    "your_reference": text("reference"),
    "voucher_id": Constant(None),
    "voucher_number": Constant(None),
    "created_at": instant("created_at"),
    "modified_at": instant("updated_at"),
    "rows": Rows("details", SALES_ROW),
}

# Made elsewhere, it has a date and an entry number; its own number is the reference.
EXTERNAL_SALES_INVOICE: Fields = {
    **SALES_INVOICE,
    "number": text("reference"),
    "invoice_date": business_date("date"),
    "your_reference": Constant(None),
}

PURCHASE_ROW: Fields = {
    "id": text("id"),
    "line_number": whole("row_order"),
    "account_id": text("ledger_account_id"),
    "account_number": Constant(None),
    "account_name": Constant(None),
    "debit_amount": amount("total_price_excl_tax_with_discount"),
    "credit_amount": Constant(None),
    "text": text("description"),
    "vat_code_id": text("tax_rate_id"),
    "vat_amount": Constant(None),
    "quantity": amount("amount_decimal"),
    "cost_center_item_ids": Constant(None),
    "project_id": text("project_id"),
}

PURCHASE_INVOICE: Fields = {
    "number": text("reference"),
    "sequence_number": text("entry_number"),
    "series": Constant(None),
    "is_credit": Derived(("total_price_incl_tax",), lambda item: is_negative(item, "total_price_incl_tax")),
    "contact_id": text("contact_id"),
    "contact_number": inside("contact", "customer_id"),
    "contact_name": Derived(("contact",), _contact_name),
    "status": Derived(("state",), _status),
    "invoice_date": business_date("date"),
    "due_date": business_date("due_date"),
    "payment_date": business_date("paid_at"),
    "payment_status": choice("state", _PURCHASE_STATES),
    "payment_reference": Constant(None),
    "currency": text("currency"),
    "currency_rate": amount("exchange_rate"),
    "total_amount": amount("total_price_incl_tax"),
    "vat_amount": difference("total_price_incl_tax", "total_price_excl_tax"),
    "remaining_amount": open_amount("total_price_incl_tax_base", "payments", "price_base"),
    "remaining_amount_in_currency": open_amount("total_price_incl_tax", "payments", "price"),
    "voucher_id": Constant(None),
    "voucher_number": Constant(None),
    "created_at": instant("created_at"),
    "modified_at": instant("updated_at"),
    "rows": Rows("details", PURCHASE_ROW),
}


def _versioned(name: str, resource: ResourceName, path: str, fields: Fields) -> Listing:
    return Listing(
        name=name,
        resource=resource,
        path=path,
        parameters={"filter": f"{EVERY_YEAR},state:all"},
        cursor=Versions(BATCH),
        removal=Listed(),
        page_size=BATCH,
        key=("id",),
        volatile=VOLATILE,
        fields=fields,
    )


SALES_INVOICES = _versioned("sales_invoices", ResourceName.CUSTOMER_INVOICE, "/sales_invoices", SALES_INVOICE)
EXTERNAL_SALES_INVOICES = _versioned(
    "external_sales_invoices",
    ResourceName.CUSTOMER_INVOICE,
    "/external_sales_invoices",
    EXTERNAL_SALES_INVOICE,
)
PURCHASE_INVOICES = _versioned(
    "purchase_invoices", ResourceName.SUPPLIER_INVOICE, "/documents/purchase_invoices", PURCHASE_INVOICE
)
RECEIPTS = _versioned("receipts", ResourceName.SUPPLIER_INVOICE, "/documents/receipts", PURCHASE_INVOICE)
