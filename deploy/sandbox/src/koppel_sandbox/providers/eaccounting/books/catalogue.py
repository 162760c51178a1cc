"""The collections of the API: what guards them, what makes their objects, how they change."""

from collections.abc import Callable
from dataclasses import dataclass

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import as_text
from koppel_sandbox.providers.eaccounting.books import (
    chart,
    company_settings,
    dimensions,
    invoices,
    parties,
    vouchers,
)
from koppel_sandbox.story import amounts
from koppel_sandbox.story.company import Company

READ = "_readonly"
SALES = frozenset({"ea:sales", "ea:sales" + READ})
ACCOUNTING = frozenset({"ea:accounting", "ea:accounting" + READ})
PURCHASE = frozenset({"ea:purchase", "ea:purchase" + READ})
PAYROLL = frozenset({"vls:api"})
ANY = frozenset({"ea:api"})
SCOPES = SALES | ACCOUNTING | PURCHASE | PAYROLL | ANY | {"offline_access", "openid", "profile", "email"}
"""Every scope that a client may ask for."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One collection. `label` is the property that a change makes visibly different; `changed` the property that
    says when, null for collections without a change time; `year` the index of an object's fiscal year."""

    name: str
    model: str
    scopes: frozenset[str]
    make: Callable[[Company, int], JsonObject]
    size: Callable[[Company], int]
    label: str
    changed: str | None = "ModifiedUtc"
    label_length: int = 50
    year: Callable[[Company, int], int] | None = None

    def identify(self, body: JsonObject) -> str:
        """The key of an object: its Id; accounts have none, there it is `fiscalyearid/number`."""
        if self.name == chart.ACCOUNTS:
            return f"{body['FiscalYearId']}/{body['Number']}"
        return str(body["CompanyIdentifier" if self.name == SETTINGS else "Id"])

    def identify_seeded(self, owner: Company, index: int) -> str:
        if self.name in (chart.ACCOUNTS, SETTINGS):
            return self.identify(self.make(owner, index))
        return owner.guid(self.name, index)

    def stamp(self, body: JsonObject, instant: int, *, is_new: bool) -> None:
        if is_new and "CreatedUtc" in body:
            body["CreatedUtc"] = as_text(instant)
        if self.changed is not None:
            body[self.changed] = as_text(instant)


SETTINGS = "companysettings"

_KINDS = (
    Kind(SETTINGS, "CompanySettingsApi", SALES, lambda owner, _: company_settings.company_settings(owner), lambda _: 1,
         "Name", None, 100),
    Kind("fiscalyears", "FiscalYearApi", SALES | ACCOUNTING, chart.fiscal_year, lambda c: c.sizes.fiscalyears,
         "IsLockedForAccounting", None),
    Kind("accounts", "AccountApi", ACCOUNTING, chart.account, chart.account_count, "Name", label_length=100,
         year=chart.account_year),
    Kind("customers", "CustomerApi", SALES, parties.customer, lambda c: c.sizes.customers, "Name", "ChangedUtc"),
    Kind("suppliers", "SupplierApi", PURCHASE, parties.supplier, lambda c: c.sizes.suppliers, "Name"),
    Kind("vatcodes", "VatCodeApi", ACCOUNTING, chart.vat_code, lambda c: c.sizes.vatcodes, "Description", None),
    Kind("costcenters", "CostCenterApi", ACCOUNTING | SALES | PAYROLL, dimensions.cost_centre,
         lambda c: c.sizes.costcenters, "Name", None, 20),
    Kind("projects", "ProjectApi", ANY, dimensions.project, lambda c: c.sizes.projects, "Name", label_length=200),
    Kind(amounts.CUSTOMER_INVOICES, "CustomerInvoiceApi", SALES, invoices.customer_invoice,
         lambda c: c.sizes.customerinvoices, "CustomerName"),
    Kind(amounts.SUPPLIER_INVOICES, "SupplierInvoiceApi", PURCHASE, invoices.supplier_invoice,
         lambda c: c.sizes.supplierinvoices, "SupplierName"),
    Kind(amounts.VOUCHERS, "VoucherApi", ACCOUNTING, vouchers.voucher, lambda c: c.sizes.vouchers,
         "VoucherText", label_length=1000, year=vouchers.voucher_year),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
