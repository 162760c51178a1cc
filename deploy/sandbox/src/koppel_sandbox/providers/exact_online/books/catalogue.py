"""The collections of a division: their addresses, their feeds, how they change."""

from collections.abc import Callable
from dataclasses import dataclass

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.exact_online.books import divisions, entries, ledger, lines, parties
from koppel_sandbox.providers.exact_online.shapes import SHAPES
from koppel_sandbox.providers.exact_online.values import odata_date
from koppel_sandbox.story.company import Company


@dataclass(frozen=True, slots=True)
class Kind:
    """`feed` is the address of the sync twin, `entity_type` its number in `sync/Deleted`; `nested` the property that
    holds a collection, given on `$expand` only."""

    name: str
    path: str
    type: str
    make: Callable[[Company, int], JsonObject]
    size: Callable[[Company], int]
    label: str = "Description"
    label_length: int = 60
    key: str = "ID"
    feed: str | None = None
    entity_type: int | None = None
    nested: str | None = None

    @property
    def names(self) -> list[str]:
        """Its properties."""
        return SHAPES[self.type.rpartition(".")[2]]

    def identify(self, body: JsonObject) -> str:
        return str(body[self.key])

    def identify_seeded(self, owner: Company, index: int) -> str:
        if self.name == lines.LINES:
            return lines.line_id(owner, lines.place_of(owner, index))
        if self.name == divisions.DIVISIONS:
            return self.identify(self.make(owner, index))
        return owner.guid(self.name, index)

    def stamp(self, body: JsonObject, instant: int, *, is_new: bool) -> None:
        body["Modified"] = odata_date(instant)
        if is_new:
            body["Created"] = odata_date(instant)


_KINDS = (
    Kind(divisions.DIVISIONS, "system/Divisions", "Exact.Web.Api.System.Division", divisions.division,
         lambda _: 1, key="Code"),
    Kind(ledger.GL_ACCOUNTS, "financial/GLAccounts", "Exact.Web.Api.Models.GLAccount", ledger.gl_account,
         ledger.gl_account_count, feed="sync/Financial/GLAccounts", entity_type=7),
    Kind(ledger.VAT_CODES, "vat/VATCodes", "Exact.Web.Api.Models.VATCode", ledger.vat_code,
         lambda c: c.sizes.vatcodes, nested="VATPercentages"),
    Kind(ledger.COST_CENTRES, "hrm/Costcenters", "Exact.Web.Api.Models.HRM.Costcenter", ledger.cost_centre,
         lambda c: c.sizes.costcenters),
    Kind(ledger.COST_UNITS, "hrm/Costunits", "Exact.Web.Api.Models.HRM.Costunit", ledger.cost_unit,
         ledger.cost_unit_count),
    Kind(ledger.PROJECTS, "project/Projects", "Exact.Web.Api.Models.Project.Project", ledger.project,
         lambda c: c.sizes.projects, feed="sync/Project/Projects", entity_type=21),
    Kind(ledger.JOURNALS, "financial/Journals", "Exact.Web.Api.Models.Journal", ledger.journal,
         ledger.journal_count),
    Kind(ledger.PERIODS, "financial/FinancialPeriods", "Exact.Web.Api.Models.FinancialPeriod", ledger.period,
         ledger.period_count, label="FinPeriod"),
    Kind(parties.ACCOUNTS, "crm/Accounts", "Exact.Web.Api.Models.Account", parties.account,
         parties.account_count, label="Name", label_length=50, feed="sync/CRM/Accounts", entity_type=2),
    Kind(entries.SALES_ENTRIES, "salesentry/SalesEntries", "Exact.Web.Api.Models.SalesEntry", entries.sales_entry,
         lambda c: c.sizes.customerinvoices, label="YourRef", label_length=30, key="EntryID",
         nested=entries.SALES_LINES),
    Kind(entries.PURCHASE_ENTRIES, "purchaseentry/PurchaseEntries", "Exact.Web.Api.Models.PurchaseEntry",
         entries.purchase_entry, lambda c: c.sizes.supplierinvoices, label="YourRef", label_length=30, key="EntryID",
         nested=entries.PURCHASE_LINES),
    Kind(lines.MEMORIALS, "generaljournalentry/GeneralJournalEntries", "Exact.Web.Api.Models.GeneralJournalEntry",
         lines.memorial, lines.memorial_count, key="EntryID"),
    Kind(lines.LINES, "financialtransaction/TransactionLines", "Exact.Web.Api.Models.Financial.TransactionLine",
         lines.transaction_line, lines.line_count, feed="sync/Financial/TransactionLines", entity_type=1),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
BY_PATH: dict[str, Kind] = {kind.path.lower(): kind for kind in _KINDS}
BY_FEED: dict[str, Kind] = {kind.feed.lower(): kind for kind in _KINDS if kind.feed}


def _names(kind: Kind) -> list[str]:
    return [name for name in (kind.name, kind.path, kind.feed) if name is not None]


BY_NAME: dict[str, str] = {name: kind.name for kind in _KINDS for name in _names(kind)}
"""The collections by their names and by their addresses, which control calls may use as well."""
