"""eAccounting's customer and supplier invoices, with their rows."""

from koppel.contracts.values import ResourceName
from koppel.providers.eaccounting.ledger import COST_CENTER_ITEMS
from koppel.providers.listing import Listing
from koppel.providers.mapping import (
    Constant,
    Fields,
    Rows,
    business_date,
    choice,
    decimal,
    flag,
    identifier,
    instant,
    text,
    whole,
)
from koppel.providers.reading import Instant

PAGE_SIZE = 250
"""An invoice with its rows is some 5 to 30 kB; a page stays well under the largest answer that is read."""

CUSTOMER_INVOICE_ROW: Fields = {
    "id": text("Id"),
    "line_number": whole("LineNumber"),
    "article_id": text("ArticleId"),
    "article_number": text("ArticleNumber"),
    "text": text("Text"),
    "is_text_row": flag("IsTextRow"),
    "quantity": decimal("Quantity"),
    "unit": text("UnitAbbreviation"),
    "unit_price": decimal("UnitPrice"),
    "discount_percentage": decimal("DiscountPercentage"),
    "amount": decimal("Amount"),
    "amount_without_vat": decimal("AmountNoVat"),
    "vat_rate": decimal("VatRate"),
    "cost_center_item_ids": COST_CENTER_ITEMS,
    "project_id": text("ProjectId"),
}

CUSTOMER_INVOICE: Fields = {
    "number": identifier("InvoiceNumber"),
    "is_credit": flag("IsCreditInvoice"),
    "contact_id": text("CustomerId"),
    "contact_number": text("CustomerNumber"),
    "contact_name": text("CustomerName"),
    "invoice_date": business_date("InvoiceDate"),
    "due_date": business_date("DueDate"),
    "delivery_date": business_date("DeliveryDate"),
    "payment_date": business_date("PaymentDate"),
    "payment_status": choice("PaymentStatus", {0: "paid", 1: "unpaid", 2: "overdue"}),
    "payment_reference": text("PaymentReferenceNumber"),
    "currency": text("CurrencyCode"),
    "currency_rate": decimal("CurrencyRate"),
    "total_amount": decimal("TotalAmount"),
    "total_amount_in_currency": decimal("TotalAmountInvoiceCurrency"),
    "vat_amount": decimal("TotalVatAmount"),
    "vat_amount_in_currency": decimal("TotalVatAmountInvoiceCurrency"),
    "rounding": decimal("TotalRoundings"),
    "remaining_amount": decimal("RemainingAmount"),
    "remaining_amount_in_currency": decimal("RemainingAmountInvoiceCurrency"),
    "includes_vat": flag("IncludesVat"),
    "our_reference": text("OurReference"),
    "your_reference": text("YourReference"),
    "voucher_id": text("VoucherId"),
    "voucher_number": text("VoucherNumber"),
    "created_at": instant("CreatedUtc"),
    "modified_at": instant("ModifiedUtc"),
    "rows": Rows("Rows", CUSTOMER_INVOICE_ROW),
}

SUPPLIER_INVOICE_ROW: Fields = {
    "id": text("Id"),
    "line_number": whole("LineNumber"),
    "account_id": Constant(None),
    "account_number": identifier("AccountNumber"),
    "account_name": text("AccountName"),
    "debit_amount": decimal("DebetAmount"),  # spelled so here, `DebitAmount` in vouchers
    "credit_amount": decimal("CreditAmount"),
    "text": text("TransactionText"),
    "vat_code_id": text("VatCodeId"),
    "vat_amount": decimal("VatAmount"),
    "quantity": decimal("Quantity"),
    "cost_center_item_ids": COST_CENTER_ITEMS,
    "project_id": text("ProjectId"),
}

SUPPLIER_INVOICE: Fields = {
    "number": text("InvoiceNumber"),
    "sequence_number": identifier("Number"),
    "series": text("NumberSeries"),
    "is_credit": flag("IsCreditInvoice"),
    "contact_id": text("SupplierId"),
    "contact_number": text("SupplierNumber"),
    "contact_name": text("SupplierName"),
    "status": choice("Status", {0: "draft", 1: "normal", 2: "deleted"}),
    "invoice_date": business_date("InvoiceDate"),
    "due_date": business_date("DueDate"),
    "payment_date": business_date("PaymentDate"),
    "payment_status": choice(
        "PaymentStatus",
        {3: "unpaid", 4: "partially_paid_overdue", 5: "partially_paid", 6: "paid", 7: "overdue"},
    ),
    "payment_reference": text("OcrNumber"),
    "currency": text("CurrencyCode"),
    "currency_rate": decimal("CurrencyRate"),
    "total_amount": decimal("TotalAmount"),
    "vat_amount": decimal("Vat"),
    "remaining_amount": decimal("RemainingAmount"),
    "remaining_amount_in_currency": decimal("RemainingAmountInvoiceCurrency"),
    "voucher_id": text("VoucherId"),
    "voucher_number": text("VoucherNumber"),
    "created_at": instant("CreatedUtc"),
    "modified_at": instant("ModifiedUtc"),
    "rows": Rows("Rows", SUPPLIER_INVOICE_ROW),
}

CUSTOMER_INVOICES = Listing(
    name="customerinvoices",
    resource=ResourceName.CUSTOMER_INVOICE,
    path="/customerinvoices",
    cursor=Instant("ModifiedUtc"),
    page_size=PAGE_SIZE,
    fields=CUSTOMER_INVOICE,
)
SUPPLIER_INVOICES = Listing(
    name="supplierinvoices",
    resource=ResourceName.SUPPLIER_INVOICE,
    path="/supplierinvoices",
    cursor=Instant("ModifiedUtc"),
    page_size=PAGE_SIZE,
    fields=SUPPLIER_INVOICE,
)
