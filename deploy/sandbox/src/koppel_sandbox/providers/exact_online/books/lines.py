"""The ledger's lines: every entry books some, and they share its `EntryID`. Debit equals credit in each entry.

The lines that the seed makes are counted through: those of sales first, then purchases, then memorials.
"""

from typing import NamedTuple

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import DAY, as_date
from koppel_sandbox.providers.exact_online.books.entries import (
    PROCESSED,
    PURCHASE_ENTRIES,
    SALES_ENTRIES,
    purchase_number,
    sales_number,
)
from koppel_sandbox.providers.exact_online.books.ledger import (
    MEMORIAL,
    PURCHASE_JOURNAL,
    SALES_JOURNAL,
    gl_account_id,
    journal_name,
    vat_code_code,
)
from koppel_sandbox.providers.exact_online.books.parties import (
    ACCOUNTS,
    account_code,
    account_name,
    supplier_account,
)
from koppel_sandbox.providers.exact_online.shapes import shaped
from koppel_sandbox.providers.exact_online.values import division_code, euros, odata_date
from koppel_sandbox.story.amounts import CUSTOMER_INVOICES, SUPPLIER_INVOICES, amounts, booking_date
from koppel_sandbox.story.company import Company
from koppel_sandbox.story.dutch import EXPENSES

LINES = "TransactionLines"
MEMORIALS = "GeneralJournalEntries"
LINES_OF = {SALES_ENTRIES: 3, PURCHASE_ENTRIES: 3, MEMORIALS: 2}

_SALES_HIGH, _PURCHASE_HIGH = 4, 0


class Place(NamedTuple):
    """Which line of which entry."""

    kind: str
    entry: int
    number: int


class Booking(NamedTuple):
    """Euro cents, in debit when above zero."""

    account: str
    name: str
    amount: int
    vat_code: int | None = None
    vat: int = 0


class Entry(NamedTuple):
    number: int
    type: int
    journal: str
    text: str
    date: int
    party: int | None
    bookings: tuple[Booking, ...]


def memorial_count(company: Company) -> int:
    """As many as make up the story's number of vouchers, or one in ten of it."""
    sizes = company.sizes
    return max(sizes.vouchers - sizes.customerinvoices - sizes.supplierinvoices, sizes.vouchers // 10)


def _counts(company: Company) -> dict[str, int]:
    sizes = company.sizes
    return {
        SALES_ENTRIES: sizes.customerinvoices,
        PURCHASE_ENTRIES: sizes.supplierinvoices,
        MEMORIALS: memorial_count(company),
    }


def line_count(company: Company) -> int:
    return sum(LINES_OF[kind] * count for kind, count in _counts(company).items())


def place_of(company: Company, index: int) -> Place:
    """Where the seed's line `index` belongs. Lines beyond them are those of memorials."""
    left = index
    for kind, count in _counts(company).items():
        if left < LINES_OF[kind] * count or kind == MEMORIALS:
            return Place(kind, *divmod(left, LINES_OF[kind]))
        left -= LINES_OF[kind] * count
    raise AssertionError("memorials are last")


def entry_id(company: Company, place: Place) -> str:
    return company.guid(place.kind, place.entry)


def line_id(company: Company, place: Place) -> str:
    return company.guid(f"{LINES}/{place.kind}/{place.entry}", place.number)


def _sales(company: Company, index: int) -> Entry:
    whole = amounts(company, CUSTOMER_INVOICES, index)
    bookings = (
        Booking("1300", "Debiteuren", whole.net + whole.vat),
        Booking("8000", "Omzet hoog tarief", -whole.net, _SALES_HIGH, -whole.vat),
        Booking("1500", "Te betalen btw hoog", -whole.vat),
    )
    number = sales_number(index)
    return Entry(number, 20, SALES_JOURNAL, f"Verkoopfactuur {number}", whole.date, whole.party, bookings)


def _purchase(company: Company, index: int) -> Entry:
    whole = amounts(company, SUPPLIER_INVOICES, index)
    bookings = (
        Booking("1600", "Crediteuren", -whole.net - whole.vat),
        Booking("7000", "Inkoopwaarde van de omzet", whole.net, _PURCHASE_HIGH, whole.vat),
        Booking("1530", "Te vorderen btw", whole.vat),
    )
    number, party = purchase_number(index), supplier_account(company, whole.party)
    return Entry(number, 30, PURCHASE_JOURNAL, f"Inkoopfactuur {index + 1}", whole.date, party, bookings)


def _memorial(company: Company, index: int) -> Entry:
    draw = company.draw(MEMORIALS, index)
    amount = draw.between(1_000, 400_000)
    bookings = (
        Booking("4900", "Overige algemene kosten", amount),
        Booking("1800", "Nog te betalen kosten", -amount),
    )
    date = booking_date(company, index, memorial_count(company))
    return Entry(26_900_001 + index, 90, MEMORIAL, draw.one_of(EXPENSES), date, None, bookings)


_ENTRIES = {SALES_ENTRIES: _sales, PURCHASE_ENTRIES: _purchase, MEMORIALS: _memorial}


def transaction_line(company: Company, index: int) -> JsonObject:
    return line_at(company, place_of(company, index), index)


def line_at(company: Company, place: Place, index: int) -> JsonObject:
    """The line `place.number` of an entry; `index` is its place in the collection."""
    entry = _ENTRIES[place.kind](company, place.entry)
    booking = entry.bookings[place.number]
    year, month = as_date(entry.date)[:7].split("-")
    party = entry.party
    return shaped(
        "TransactionLine",
        ID=line_id(company, place),
        EntryID=entry_id(company, place),
        EntryNumber=entry.number,
        LineNumber=place.number,
        LineType=0,
        Type=entry.type,
        Status=PROCESSED,
        Date=odata_date(entry.date),
        FinancialYear=int(year),
        FinancialPeriod=int(month),
        JournalCode=entry.journal,
        JournalDescription=journal_name(entry.journal),
        Description=entry.text,
        GLAccount=gl_account_id(company, booking.account),
        GLAccountCode=booking.account,
        GLAccountDescription=booking.name,
        Account=None if party is None else company.guid(ACCOUNTS, party),
        AccountCode=None if party is None else account_code(company, party),
        AccountName=None if party is None else account_name(company, party),
        AmountDC=euros(booking.amount),
        AmountFC=euros(booking.amount),
        AmountVATFC=euros(booking.vat),
        AmountVATBaseFC=euros(booking.amount if booking.vat else 0),
        Currency="EUR",
        ExchangeRate=1.0,
        VATCode=None if booking.vat_code is None else vat_code_code(booking.vat_code),
        VATPercentage=0.21 if booking.vat_code is not None else None,
        Quantity=0.0,
        InvoiceNumber=entry.number if place.kind == SALES_ENTRIES else None,
        DueDate=None if party is None else odata_date(entry.date + 30 * DAY),
        Created=odata_date(company.created_at(LINES, index)),
        Modified=odata_date(company.changed_at(LINES, index)),
        Division=division_code(company),
    )


def memorial(company: Company, index: int) -> JsonObject:
    """The entry of a memorial; its lines are `transaction_line`s."""
    entry = _memorial(company, index)
    year, month = as_date(entry.date)[:7].split("-")
    return {
        "EntryID": company.guid(MEMORIALS, index),
        "EntryNumber": entry.number,
        "JournalCode": entry.journal,
        "JournalDescription": journal_name(entry.journal),
        "Type": entry.type,
        "Status": PROCESSED,
        "Date": odata_date(entry.date),
        "Description": entry.text,
        "FinancialYear": int(year),
        "FinancialPeriod": int(month),
        "Currency": "EUR",
        "Created": odata_date(company.created_at(MEMORIALS, index)),
        "Modified": odata_date(company.changed_at(MEMORIALS, index)),
        "Division": division_code(company),
    }
