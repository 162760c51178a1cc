"""The collections of an administration: which are lists with OData, which are served whole, and how objects end."""

from collections.abc import Callable
from dataclasses import dataclass

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.snelstart.books import company, invoices, ledger, relations
from koppel_sandbox.providers.snelstart.books.values import stamp
from koppel_sandbox.story.company import Company

INACTIVE = "nonactief"


@dataclass(frozen=True, slots=True)
class Kind:
    """`has_odata`: `$skip`, `$top` and `$filter` are heeded. `is_flagged`: removing sets `nonactief` and no more."""

    name: str
    make: Callable[[Company, int], JsonObject]
    size: Callable[[Company], int]
    label: str
    has_odata: bool = False
    is_flagged: bool = False
    key: tuple[str, ...] = ("id",)
    label_length: int = 50

    def identify(self, body: JsonObject) -> str:
        return "/".join(str(body[each]) for each in self.key)

    def identify_seeded(self, owner: Company, index: int) -> str:
        if self.key == ("id",):
            return owner.guid(f"snelstart/{self.name}", index)
        return self.identify(self.make(owner, index))

    def stamp(self, body: JsonObject, instant: int, *, is_new: bool) -> None:
        del is_new
        if "modifiedOn" in body:
            body["modifiedOn"] = stamp(instant)


_KINDS = (
    Kind(company.COMPANY_INFO, company.company_info, lambda _: 1, "administratieNaam",
         key=("administratieIdentifier",)),
    Kind(ledger.JOURNALS, ledger.journal, ledger.journal_count, "omschrijving"),
    Kind(ledger.VAT_RATES, ledger.vat_rate, ledger.vat_rate_count, "btwSoort", key=("btwSoort", "datumVanaf")),
    Kind(ledger.ACCOUNTS, ledger.account, ledger.account_count, "omschrijving", has_odata=True, is_flagged=True),
    Kind(ledger.COST_CENTERS, ledger.cost_center, lambda c: c.sizes.costcenters, "omschrijving"),
    Kind(relations.RELATIONS, relations.relation, relations.relation_count, "naam", has_odata=True, is_flagged=True),
    Kind(invoices.SALES, invoices.sales_invoice, lambda c: c.sizes.customerinvoices, "factuurnummer", has_odata=True,
         label_length=25),
    Kind(invoices.PURCHASES, invoices.purchase_invoice, lambda c: c.sizes.supplierinvoices, "factuurnummer",
         has_odata=True, label_length=25),
    Kind(ledger.LINES, ledger.line, ledger.line_count, "omschrijving", has_odata=True),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
