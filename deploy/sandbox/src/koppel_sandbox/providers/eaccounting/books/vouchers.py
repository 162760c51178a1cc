"""Vouchers: the bookings of the invoices, and manual ones in between. Debit equals credit in each."""

from typing import NamedTuple

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import as_date, as_text, at
from koppel_sandbox.providers.eaccounting.shapes import shaped
from koppel_sandbox.story.amounts import (
    CUSTOMER_INVOICES,
    SUPPLIER_INVOICES,
    VOUCHERS,
    amounts,
    booking_date,
    euros,
)
from koppel_sandbox.story.company import FIRST_YEAR, Company
from koppel_sandbox.story.dutch import EXPENSES

_MANUAL, _SUPPLIER_INVOICE, _CUSTOMER_INVOICE = 2, 12, 14


class Booking(NamedTuple):
    """Euro cents."""

    account: int
    name: str
    debit: int
    credit: int


class Content(NamedTuple):
    type: int
    source: str | None
    text: str
    date: int
    bookings: tuple[Booking, ...]


def _content(company: Company, index: int) -> Content:
    half, purchase = divmod(index, 2)
    if not purchase and half < company.sizes.customerinvoices:
        whole = amounts(company, CUSTOMER_INVOICES, half)
        bookings = (
            Booking(1300, "Debiteuren", whole.net + whole.vat, 0),
            Booking(8000, "Omzet hoog tarief", 0, whole.net),
            Booking(1500, "Te betalen btw hoog", 0, whole.vat),
        )
        source = company.guid(CUSTOMER_INVOICES, half)
        return Content(_CUSTOMER_INVOICE, source, f"Verkoopfactuur {26_0001 + half}", whole.date, bookings)
    if purchase and half < company.sizes.supplierinvoices:
        whole = amounts(company, SUPPLIER_INVOICES, half)
        bookings = (
            Booking(7000, "Inkoopwaarde van de omzet", whole.net, 0),
            Booking(1530, "Te vorderen btw", whole.vat, 0),
            Booking(1600, "Crediteuren", 0, whole.net + whole.vat),
        )
        source = company.guid(SUPPLIER_INVOICES, half)
        return Content(_SUPPLIER_INVOICE, source, f"Inkoopfactuur {half + 1}", whole.date, bookings)
    return _manual(company, index)


def _manual(company: Company, index: int) -> Content:
    draw = company.draw(VOUCHERS, index)
    amount = draw.between(1_000, 400_000)
    bookings = (Booking(4900, "Overige algemene kosten", amount, 0), Booking(1100, "Bank", 0, amount))
    date = booking_date(company, index, company.sizes.vouchers)
    return Content(_MANUAL, None, draw.one_of(EXPENSES), date, bookings)


def voucher_year(company: Company, index: int) -> int:
    """Index of the fiscal year a voucher is booked in; vouchers added later join the newest."""
    newest = max(company.sizes.fiscalyears - 1, 0)
    if index >= company.sizes.vouchers:
        return newest
    date = _content(company, index).date
    return next((year for year in range(newest) if date < at(FIRST_YEAR + year + 1)), newest)


def _row(booking: Booking) -> JsonObject:
    return shaped(
        "VoucherRowApi",
        AccountNumber=booking.account,
        AccountDescription=booking.name,
        DebitAmount=euros(booking.debit),
        CreditAmount=euros(booking.credit),
    )


def voucher(company: Company, index: int) -> JsonObject:
    content = _content(company, index)
    return shaped(
        "VoucherApi",
        Id=company.guid(VOUCHERS, index),
        VoucherDate=as_date(content.date),
        VoucherText=content.text,
        Rows=[_row(booking) for booking in content.bookings],
        NumberAndNumberSeries=f"V{index + 1}",
        NumberSeries="V",
        Attachments={"DocumentId": None, "DocumentType": 0, "AttachmentIds": []},
        ModifiedUtc=as_text(company.changed_at(VOUCHERS, index)),
        VoucherType=content.type,
        SourceId=content.source,
        CreatedUtc=as_text(company.created_at(VOUCHERS, index)),
    )
