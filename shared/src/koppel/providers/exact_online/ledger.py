"""Exact's accounts, VAT codes, cost centres, projects, journals and periods.

Property names are those of Exact's reference. What has a `sync` twin is read by its `Timestamp`; the others are short
lists that are read whole.
"""

from koppel.contracts.values import ResourceName
from koppel.providers.derived import negated
from koppel.providers.exact_online.feeds import ENTITY, FEED_PAGE_SIZE, LIST_PAGE_SIZE, TIMESTAMP, deleted
from koppel.providers.exact_online.values import odata_date, odata_instant, trimmed, unless_over
from koppel.providers.listing import Listing
from koppel.providers.mapping import Constant, Derived, Fields, Item, decimal, flag, identifier, text

COUNTED = {"$inlinecount": "allpages"}
"""With a total a complete reading can tell what is gone."""

ACCOUNT: Fields = {
    "number": trimmed("Code"),
    "name": text("Description"),
    "fiscal_year_id": Constant(None),
    "type": identifier("Type"),
    "type_name": text("TypeDescription"),
    "reference_code": trimmed("ReportingCode"),
    "vat_code_id": trimmed("VATCode"),
    "is_active": negated("IsBlocked"),
    "is_blocked_for_manual_booking": flag("IsBlocked"),
    "modified_at": odata_instant("Modified"),
}


def _oss_type(item: Item) -> str:
    return "sales" if item.get("OssCountry") else "none"


VAT_CODE: Fields = {
    "code": trimmed("Code"),
    "description": text("Description"),
    "rate": decimal("Percentage"),  # a fraction: 0.21 is 21 %
    "oss_type": Derived(("OssCountry",), _oss_type),
}

COST_CENTER: Fields = {
    "number": trimmed("Code"),
    "name": text("Description"),
    "is_active": unless_over("EndDate", ended=False, ongoing=True),
    "items": Constant(None),  # lines name the centre by its code
}

PROJECT: Fields = {
    "number": trimmed("Code"),
    "name": text("Description"),
    "start_date": odata_date("StartDate"),
    "end_date": odata_date("EndDate"),
    "contact_id": text("Account"),
    "contact_name": text("AccountName"),
    "notes": text("Notes"),
    "status": unless_over("EndDate", ended="finished", ongoing="ongoing"),
    "modified_at": odata_instant("Modified"),
}

JOURNAL: Fields = {"number": trimmed("Code"), "name": text("Description")}

PERIOD: Fields = {
    "kind": Constant("period"),
    "start_date": odata_date("StartDate"),
    "end_date": odata_date("EndDate"),
    "is_locked": Constant(None),
    "bookkeeping_method": Constant(None),
}

ACCOUNTS = Listing(
    name="GLAccounts",
    resource=ResourceName.LEDGER_ACCOUNT,
    path="/sync/Financial/GLAccounts",
    parameters={
        "$select": "Timestamp,ID,Code,Description,Type,TypeDescription,BalanceSide,BalanceType,IsBlocked,"
        "ReportingCode,VATCode,VATDescription,Costcenter,Created,Modified,Division"
    },
    cursor=TIMESTAMP,
    removal=deleted(ENTITY.gl_accounts),
    page_size=FEED_PAGE_SIZE,
    key=("ID",),
    volatile=frozenset({"Timestamp"}),
    fields=ACCOUNT,
)
VAT_CODES = Listing(
    name="VATCodes",
    resource=ResourceName.VAT_CODE,
    path="/vat/VATCodes",
    parameters=COUNTED
    | {
        "$select": "ID,Code,Description,Percentage,Type,VATTransactionType,Charged,IsBlocked,IntraStat,OssCountry,"
        "TaxReturnType,EUSalesListing,Created,Modified,Division"
    },
    page_size=LIST_PAGE_SIZE,
    key=("ID",),
    fields=VAT_CODE,
)
COST_CENTERS = Listing(
    name="Costcenters",
    resource=ResourceName.COST_CENTER,
    path="/hrm/Costcenters",
    parameters=COUNTED | {"$select": "ID,Code,Description,EndDate,Created,Modified,Division"},
    page_size=LIST_PAGE_SIZE,
    key=("ID",),
    fields=COST_CENTER,
)
PROJECTS = Listing(
    name="Projects",
    resource=ResourceName.PROJECT,
    path="/sync/Project/Projects",
    parameters={
        "$select": "Timestamp,ID,Code,Description,Type,TypeDescription,StartDate,EndDate,Account,AccountCode,"
        "AccountName,Notes,BlockEntry,Created,Modified,Division"
    },
    cursor=TIMESTAMP,
    removal=deleted(ENTITY.projects),
    page_size=FEED_PAGE_SIZE,
    key=("ID",),
    volatile=frozenset({"Timestamp"}),
    fields=PROJECT,
)
JOURNALS = Listing(
    name="Journals",
    resource=ResourceName.JOURNAL,
    path="/financial/Journals",
    parameters=COUNTED
    | {
        "$select": "ID,Code,Description,Type,IsBlocked,Currency,GLAccount,GLAccountCode,Created,Modified,Division"
    },
    page_size=LIST_PAGE_SIZE,
    key=("ID",),
    fields=JOURNAL,
)
PERIODS = Listing(
    name="FinancialPeriods",
    resource=ResourceName.PERIOD,
    path="/financial/FinancialPeriods",
    parameters=COUNTED | {"$select": "ID,FinYear,FinPeriod,StartDate,EndDate,Created,Modified,Division"},
    page_size=LIST_PAGE_SIZE,
    key=("ID",),
    fields=PERIOD,
)
