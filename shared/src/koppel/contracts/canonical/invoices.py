"""Invoices to customers and from suppliers, with their rows."""

from pydantic import Field

from koppel.contracts.canonical.fields import (
    Amount,
    CanonicalRecord,
    Day,
    Flag,
    Fraction,
    Instant,
    Text,
    Whole,
)
from koppel.contracts.values import Value, known


class CustomerInvoiceRow(Value):
    """One row of an invoice to a customer; amounts are in the invoice's currency."""

    id: Text = Field(default=None, description="The provider's own id of the row.")
    line_number: Whole = Field(default=None, description="Its place on the invoice.")
    article_id: Text = Field(
        default=None, description="The provider's own id of the article; null when none."
    )
    article_number: Text = Field(default=None, description="The article's number.")
    text: Text = Field(default=None, description="What is sold, in words.")
    is_text_row: Flag = Field(default=None, description="Whether it is words alone, without an amount.")
    quantity: Amount = Field(default=None, description="How many.")
    unit: Text = Field(default=None, description="Of what, abbreviated.")
    unit_price: Amount = Field(default=None, description="The price of one.")
    discount_percentage: Fraction = Field(
        default=None, description="The discount as a fraction: `0.1` is 10 %."
    )
    amount: Amount = Field(
        default=None,
        description="What the row comes to, as the invoice states it: with VAT when `includes_vat`.",
    )
    amount_without_vat: Amount = Field(default=None, description="What it comes to without VAT.")
    vat_rate: Fraction = Field(default=None, description="The VAT rate as a fraction: `0.21` is 21 %.")
    cost_center_item_ids: tuple[str, ...] | None = Field(
        default=None, description="The values of cost centres, by their id."
    )
    project_id: Text = Field(default=None, description="The project: the external id of a `project`.")


class CustomerInvoice(CanonicalRecord):
    """An invoice to a customer."""

    number: Text = Field(default=None, description="The invoice's number, as text.")
    is_credit: Flag = Field(default=None, description="Whether it is a credit note.")
    contact_id: Text = Field(default=None, description="The customer: the external id of a `contact`.")
    contact_number: Text = Field(default=None, description="The customer's number when this was read.")
    contact_name: Text = Field(default=None, description="The customer's name when this was read.")
    invoice_date: Day = Field(default=None, description="The day of the invoice.")
    due_date: Day = Field(default=None, description="The day until which to pay.")
    delivery_date: Day = Field(default=None, description="The day of delivery.")
    payment_date: Day = Field(
        default=None, description="The day of the last payment; null while there is none."
    )
    payment_status: Text = Field(
        default=None,
        description="How far it is paid; a number of the provider's where it has no name yet.",
        json_schema_extra=known("paid", "unpaid", "overdue"),
    )
    payment_reference: Text = Field(default=None, description="What to say when paying.")
    currency: Text = Field(default=None, description="The invoice's currency, ISO 4217.")
    currency_rate: Amount = Field(
        default=None, description="What one unit of it is in the company's currency."
    )
    total_amount: Amount = Field(
        default=None, description="The whole amount with VAT, in the company's currency."
    )
    total_amount_in_currency: Amount = Field(default=None, description="The same in the invoice's currency.")
    vat_amount: Amount = Field(default=None, description="The VAT in it, in the company's currency.")
    vat_amount_in_currency: Amount = Field(default=None, description="The same in the invoice's currency.")
    rounding: Amount = Field(default=None, description="What was rounded, in the company's currency.")
    remaining_amount: Amount = Field(default=None, description="What is open, in the company's currency.")
    remaining_amount_in_currency: Amount = Field(
        default=None, description="The same in the invoice's currency."
    )
    includes_vat: Flag = Field(default=None, description="Whether prices on the rows are with VAT.")
    our_reference: Text = Field(default=None, description="Who to ask for at the company.")
    your_reference: Text = Field(default=None, description="Who to ask for at the customer.")
    voucher_id: Text = Field(
        default=None, description="Its booking: the external id of a `voucher`; null while it is not booked."
    )
    voucher_number: Text = Field(default=None, description="The number of its booking.")
    created_at: Instant = Field(default=None, description="When it was made at the provider.")
    modified_at: Instant = Field(default=None, description="When the provider says that it last changed.")
    rows: tuple[CustomerInvoiceRow, ...] | None = Field(default=None, description="Its rows, in order.")


class SupplierInvoiceRow(Value):
    """One row of the booking of a supplier's invoice; amounts are in the invoice's currency."""

    id: Text = Field(default=None, description="The provider's own id of the row.")
    line_number: Whole = Field(default=None, description="Its place.")
    account_id: Text = Field(
        default=None,
        description="The ledger account: the external id of a `ledger_account`, where the provider's rows name no number.",
    )
    account_number: Text = Field(default=None, description="The ledger account, as text.")
    account_name: Text = Field(default=None, description="The account's name when this was read.")
    debit_amount: Amount = Field(default=None, description="What is debited.")
    credit_amount: Amount = Field(default=None, description="What is credited.")
    text: Text = Field(default=None, description="What it is for.")
    vat_code_id: Text = Field(default=None, description="The VAT code: the external id of a `vat_code`.")
    vat_amount: Amount = Field(default=None, description="The VAT that belongs to the row.")
    quantity: Amount = Field(default=None, description="How many; null when nobody counts.")
    cost_center_item_ids: tuple[str, ...] | None = Field(
        default=None, description="The values of cost centres, by their id."
    )
    project_id: Text = Field(default=None, description="The project: the external id of a `project`.")


class SupplierInvoice(CanonicalRecord):
    """An invoice from a supplier."""

    number: Text = Field(default=None, description="The supplier's number of the invoice.")
    sequence_number: Text = Field(default=None, description="The company's own number of it, as text.")
    series: Text = Field(default=None, description="The series of that number.")
    is_credit: Flag = Field(default=None, description="Whether it is a credit note.")
    contact_id: Text = Field(default=None, description="The supplier: the external id of a `contact`.")
    contact_number: Text = Field(default=None, description="The supplier's number when this was read.")
    contact_name: Text = Field(default=None, description="The supplier's name when this was read.")
    status: Text = Field(
        default=None,
        description="What it is; a number of the provider's where it has no name yet.",
        json_schema_extra=known("draft", "normal", "deleted", "rejected"),
    )
    invoice_date: Day = Field(default=None, description="The day of the invoice.")
    due_date: Day = Field(default=None, description="The day until which to pay.")
    payment_date: Day = Field(
        default=None, description="The day of the last payment; null while there is none."
    )
    payment_status: Text = Field(
        default=None,
        description="How far it is paid; a number of the provider's where it has no name yet.",
        json_schema_extra=known("unpaid", "partially_paid_overdue", "partially_paid", "paid", "overdue"),
    )
    payment_reference: Text = Field(default=None, description="What to say when paying.")
    currency: Text = Field(default=None, description="The invoice's currency, ISO 4217.")
    currency_rate: Amount = Field(
        default=None, description="What one unit of it is in the company's currency."
    )
    total_amount: Amount = Field(
        default=None, description="The whole amount with VAT, in the invoice's currency."
    )
    vat_amount: Amount = Field(default=None, description="The VAT in it, in the invoice's currency.")
    remaining_amount: Amount = Field(default=None, description="What is open, in the company's currency.")
    remaining_amount_in_currency: Amount = Field(
        default=None, description="The same in the invoice's currency."
    )
    voucher_id: Text = Field(
        default=None, description="Its booking: the external id of a `voucher`; null while it is not booked."
    )
    voucher_number: Text = Field(default=None, description="The number of its booking.")
    created_at: Instant = Field(default=None, description="When it was made at the provider.")
    modified_at: Instant = Field(default=None, description="When the provider says that it last changed.")
    rows: tuple[SupplierInvoiceRow, ...] | None = Field(default=None, description="Its rows, in order.")
