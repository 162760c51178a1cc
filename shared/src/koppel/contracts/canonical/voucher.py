"""Vouchers: what was booked."""

from pydantic import Field

from koppel.contracts.canonical.fields import Amount, CanonicalRecord, Day, Instant, Text
from koppel.contracts.values import Value, known


class VoucherRow(Value):
    """One row of a voucher, in the company's currency."""

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


class Voucher(CanonicalRecord):
    """A booking: its rows' debits and credits are equal."""

    number: Text = Field(default=None, description="The number with its series.")
    series: Text = Field(default=None, description="The series.")
    imported_number: Text = Field(
        default=None, description="The number that it had elsewhere, where it was brought in from."
    )
    date: Day = Field(default=None, description="The day that it is booked on.")
    text: Text = Field(default=None, description="What it is about.")
    type: Text = Field(
        default=None,
        description="Where it comes from; a number of the provider's where it has no name yet.",
        json_schema_extra=known(
            "manual",
            "purchase_receipt",
            "vat_report",
            "opening_balance",
            "sie_import",
            "bank_transaction",
            "supplier_invoice_debit",
            "supplier_invoice_credit",
            "customer_invoice_debit",
            "customer_invoice_credit",
        ),
    )
    source_id: Text = Field(
        default=None, description="The provider's own id of what it was booked for, such as an invoice."
    )
    created_at: Instant = Field(default=None, description="When it was made at the provider.")
    modified_at: Instant = Field(default=None, description="When the provider says that it last changed.")
    rows: tuple[VoucherRow, ...] | None = Field(default=None, description="Its rows, in order.")
