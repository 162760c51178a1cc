"""Customers and suppliers."""

from pydantic import Field

from koppel.contracts.canonical.fields import Amount, CanonicalRecord, Day, Flag, Instant, Text
from koppel.contracts.values import Value, known


class Address(Value):
    """A postal address."""

    line1: Text = Field(default=None, description="Street and number.")
    line2: Text = Field(default=None, description="A second line.")
    postal_code: Text = Field(default=None, description="The postal code, as the provider writes it.")
    city: Text = Field(default=None, description="The town.")
    country: Text = Field(default=None, description="The country, ISO 3166-1 alpha-2.")


class Contact(CanonicalRecord):
    """A customer or a supplier; who is both, is two contacts where the provider has two lists."""

    kind: Text = Field(
        default=None, description="Which of the two.", json_schema_extra=known("customer", "supplier")
    )
    number: Text = Field(default=None, description="The customer's or supplier's number, as text.")
    name: Text = Field(default=None, description="The name.")
    is_active: Flag = Field(default=None, description="Whether it can be used.")
    is_private_person: Flag = Field(
        default=None,
        description="Whether it is a person and no company; null where the provider does not say so, as for suppliers.",
    )
    registration_number: Text = Field(
        default=None,
        description="The number in the trade register of its country, as the provider holds it; in the Netherlands KvK.",
    )
    vat_number: Text = Field(default=None, description="The VAT identification number.")
    email: Text = Field(default=None, description="An e-mail address.")
    phone: Text = Field(default=None, description="A telephone number, as somebody typed it.")
    mobile_phone: Text = Field(default=None, description="A mobile number, as somebody typed it.")
    website: Text = Field(default=None, description="A web address, as somebody typed it.")
    contact_person: Text = Field(default=None, description="The name of a person to ask for.")
    iban: Text = Field(default=None, description="The bank account.")
    currency: Text = Field(default=None, description="The currency of its invoices, ISO 4217.")
    terms_of_payment_id: Text = Field(
        default=None, description="The provider's own id of the terms of payment."
    )
    unpaid_amount: Amount = Field(default=None, description="What is open, in the company's currency.")
    last_invoice_date: Day = Field(default=None, description="The day of the last invoice.")
    modified_at: Instant = Field(default=None, description="When the provider says that it last changed.")
    address: Address | None = Field(default=None, description="Where invoices go.")
