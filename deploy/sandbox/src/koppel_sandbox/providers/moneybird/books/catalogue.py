"""The collections of an administration: their paths, what guards them, what their lists leave out unless asked."""

from collections.abc import Callable
from dataclasses import dataclass

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.moneybird.books import company, invoices, ledger, parties
from koppel_sandbox.providers.moneybird.books.values import moment, record_id
from koppel_sandbox.story.amounts import booking_date
from koppel_sandbox.story.company import Company

SALES, DOCUMENTS, SETTINGS = "sales_invoices", "documents", "settings"
SCOPES = frozenset({SALES, DOCUMENTS, SETTINGS, "estimates", "bank", "time_entries"})

Dated = Callable[[Company, int], int]


@dataclass(frozen=True, slots=True)
class Kind:
    """One collection; `name` is its path within an administration.

    `is_versioned`: it has a synchronization list. `date`: its lists are of this year unless a period is named.
    `hidden`: property and value of the objects that a list leaves out unless they are asked for.
    """

    name: str
    scope: str
    make: Callable[[Company, int], JsonObject]
    size: Callable[[Company], int]
    label: str
    is_versioned: bool = False
    is_paged: bool = True
    date: Dated | None = None
    hidden: tuple[str, object] | None = None
    label_length: int = 100

    def identify(self, body: JsonObject) -> str:
        return str(body["id"])

    def identify_seeded(self, owner: Company, index: int) -> str:
        return record_id(owner, self.name, index)

    def stamp(self, body: JsonObject, instant: int, *, is_new: bool) -> None:
        if is_new and "created_at" in body:
            body["created_at"] = moment(instant)
        if "updated_at" in body:
            body["updated_at"] = moment(instant)
        if "version" in body:
            body["version"] = instant


def _dated(kind: str) -> Dated:
    return lambda owner, index: invoices.invoice_date(owner, kind, index)


_KINDS = (
    Kind(company.ADMINISTRATIONS, SALES, company.administration, lambda _: 1, "name", is_paged=False),
    Kind(company.IDENTITIES, SETTINGS, company.identity, lambda _: 1, "company_name", is_paged=False),
    Kind(ledger.LEDGER_ACCOUNTS, SALES, ledger.ledger_account, ledger.account_count, "name", is_paged=False),
    Kind(ledger.TAX_RATES, SALES, ledger.tax_rate, lambda c: c.sizes.vatcodes, "name"),
    Kind(ledger.PROJECTS, SETTINGS, ledger.project, lambda c: c.sizes.projects, "name", hidden=("state", "archived")),
    Kind(parties.CONTACTS, SALES, parties.contact, parties.contact_count, "company_name", is_versioned=True,
         hidden=("archived", True)),
    Kind(invoices.SALES_INVOICES, SALES, invoices.sales_invoice, lambda c: c.sizes.customerinvoices, "reference",
         is_versioned=True, date=_dated(invoices.SALES_INVOICES)),
    Kind(invoices.EXTERNAL_SALES_INVOICES, SALES, invoices.external_sales_invoice, invoices.external_count,
         "reference", is_versioned=True, date=_dated(invoices.EXTERNAL_SALES_INVOICES)),
    Kind(invoices.PURCHASE_INVOICES, DOCUMENTS, invoices.purchase_invoice,
         lambda c: c.sizes.supplierinvoices, "reference", is_versioned=True, date=_dated(invoices.PURCHASE_INVOICES)),
    Kind(invoices.RECEIPTS, DOCUMENTS, invoices.receipt, invoices.receipt_count, "reference",
         is_versioned=True, date=_dated(invoices.RECEIPTS)),
    Kind(ledger.JOURNAL_DOCUMENTS, DOCUMENTS, ledger.journal_document, ledger.journal_count,
         "reference", is_versioned=True,
         date=lambda owner, index: booking_date(owner, index, ledger.journal_count(owner))),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
