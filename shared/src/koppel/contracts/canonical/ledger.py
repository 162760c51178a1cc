"""Bookkeeping lists: accounts, VAT codes, cost centres, projects, journals, periods."""

from pydantic import Field

from koppel.contracts.canonical.fields import CanonicalRecord, Day, Flag, Fraction, Instant, Text
from koppel.contracts.values import Value, known


class LedgerAccount(CanonicalRecord):
    """A general ledger account; of a provider whose accounts belong to a fiscal year, one a year."""

    number: Text = Field(default=None, description="The account's number, as text.")
    name: Text = Field(default=None, description="Its name.")
    fiscal_year_id: Text = Field(
        default=None, description="The fiscal year that it belongs to: the external id of a `period`."
    )
    type: Text = Field(
        default=None,
        description="The provider's own number of the account's type; compare it within one provider only.",
    )
    type_name: Text = Field(default=None, description="The type in words, in the company's language.")
    reference_code: Text = Field(
        default=None, description="Its code in a reference scheme of accounts, such as the Dutch RGS."
    )
    vat_code_id: Text = Field(
        default=None,
        description="The VAT code that bookings get by default: the external id of a `vat_code`.",
    )
    is_active: Flag = Field(default=None, description="Whether it can be used.")
    is_blocked_for_manual_booking: Flag = Field(
        default=None, description="Whether only the provider itself books on it."
    )
    modified_at: Instant = Field(default=None, description="When the provider says that it last changed.")


class VatCode(CanonicalRecord):
    """A VAT code."""

    code: Text = Field(default=None, description="The code that people choose.")
    description: Text = Field(default=None, description="What it is for.")
    rate: Fraction = Field(default=None, description="The rate as a fraction: `0.21` is 21 %.")
    oss_type: Text = Field(
        default=None,
        description="Its part in the European One Stop Shop; a number of the provider's where it has no name yet.",
        json_schema_extra=known("none", "sales", "vat"),
    )


class CostCenterItem(Value):
    """One value of a cost centre."""

    id: Text = Field(
        default=None,
        description="The provider's own id; rows of invoices and vouchers name it in `cost_center_item_ids`.",
    )
    code: Text = Field(default=None, description="Its short name.")
    name: Text = Field(default=None, description="Its name.")
    is_active: Flag = Field(default=None, description="Whether it can be used.")


class CostCenter(CanonicalRecord):
    """A cost centre: a dimension, with the values that rows can have in it."""

    number: Text = Field(default=None, description="Its number, as text.")
    name: Text = Field(default=None, description="Its name.")
    is_active: Flag = Field(default=None, description="Whether it can be used.")
    items: tuple[CostCenterItem, ...] | None = Field(default=None, description="Its values.")


class Project(CanonicalRecord):
    """A project that rows can be booked on."""

    number: Text = Field(default=None, description="Its number, as text.")
    name: Text = Field(default=None, description="Its name.")
    start_date: Day = Field(default=None, description="Its first day.")
    end_date: Day = Field(default=None, description="Its last day; null while it has none.")
    contact_id: Text = Field(
        default=None, description="The customer that it is for: the external id of a `contact`."
    )
    contact_name: Text = Field(default=None, description="The customer's name when this was read.")
    notes: Text = Field(default=None, description="What somebody wrote about it.")
    status: Text = Field(
        default=None,
        description="How far it is; a number of the provider's where it has no name yet.",
        json_schema_extra=known("ongoing", "finished"),
    )
    modified_at: Instant = Field(default=None, description="When the provider says that it last changed.")


class Journal(CanonicalRecord):
    """A journal (dagboek). No provider that Koppel speaks today has them."""

    number: Text = Field(default=None, description="Its number or code, as text.")
    name: Text = Field(default=None, description="Its name.")


class Period(CanonicalRecord):
    """A stretch of the bookkeeping's time."""

    kind: Text = Field(
        default=None, description="What it is.", json_schema_extra=known("fiscal_year", "period")
    )
    start_date: Day = Field(default=None, description="Its first day.")
    end_date: Day = Field(default=None, description="Its last day.")
    is_locked: Flag = Field(default=None, description="Whether nothing more can be booked in it.")
    bookkeeping_method: Text = Field(
        default=None,
        description="When income and costs count: at the invoice or at the payment; a number of the provider's where it has no name yet.",
        json_schema_extra=known("invoicing", "cash", "no_bookkeeping"),
    )
