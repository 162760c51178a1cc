"""What an invoice amounts to: drawn apart from the invoice, because its voucher books the same euros."""

from typing import NamedTuple

from koppel_sandbox.instants import DAY, at
from koppel_sandbox.story.company import FIRST_YEAR, Company

CUSTOMER_INVOICES = "customerinvoices"
SUPPLIER_INVOICES = "supplierinvoices"
VOUCHERS = "vouchers"

_ROW_TEXTS = 3


class InvoiceLine(NamedTuple):
    """Euro cents."""

    quantity: int
    unit_price: int
    vat_percent: int

    @property
    def net(self) -> int:
        return self.quantity * self.unit_price

    @property
    def vat(self) -> int:
        return (self.net * self.vat_percent + 50) // 100


class Amounts(NamedTuple):
    date: int
    party: int
    lines: tuple[InvoiceLine, ...]

    @property
    def net(self) -> int:
        return sum(line.net for line in self.lines)

    @property
    def vat(self) -> int:
        return sum(line.vat for line in self.lines)


def booking_date(company: Company, position: int, total: int) -> int:
    """Dates run through the company's fiscal years, at most to May 2026, in the order of the documents."""
    last = at(min(FIRST_YEAR + company.sizes.fiscalyears - 1, 2026), 5, 15)
    first = at(FIRST_YEAR)
    days = max((last - first) // DAY, 1)
    return first + min(position, max(total - 1, 0)) * days // max(total, 1) * DAY


def amounts(company: Company, kind: str, index: int) -> Amounts:
    """Date, other party (an index) and lines of invoice `index` of `customerinvoices` or `supplierinvoices`."""
    sales = kind == CUSTOMER_INVOICES
    parties = company.sizes.customers if sales else company.sizes.suppliers
    total = company.sizes.customerinvoices if sales else company.sizes.supplierinvoices
    draw = company.draw(f"{kind}/amounts", index)
    lines = tuple(
        InvoiceLine(draw.between(1, 12), draw.between(500, 95_000), 21 if draw.chance(80) else 9)
        for _ in range(1 + draw.below(_ROW_TEXTS))
    )
    return Amounts(booking_date(company, index, total), draw.below(max(parties, 1)), lines)


def euros(cents: int) -> float:
    return cents / 100


def sales_voucher(index: int) -> int:
    """Vouchers of sales and purchases take turns: even ones book sales."""
    return 2 * index


def purchase_voucher(index: int) -> int:
    return 2 * index + 1
