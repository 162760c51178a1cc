"""eAccounting's bookkeeping lists: accounts, VAT codes, cost centres, projects, years, vouchers.

Property names are those of the API's published specification.
"""

from koppel.contracts.values import ResourceName
from koppel.providers.listing import Listing
from koppel.providers.mapping import (
    Constant,
    Fields,
    Rows,
    Texts,
    business_date,
    choice,
    decimal,
    flag,
    identifier,
    instant,
    text,
)
from koppel.providers.reading import Instant

COST_CENTER_ITEMS = Texts(("CostCenterItemId1", "CostCenterItemId2", "CostCenterItemId3"))

ACCOUNT: Fields = {
    "number": text("Number"),
    "name": text("Name"),
    "fiscal_year_id": text("FiscalYearId"),
    "type": identifier("Type"),
    "type_name": text("TypeDescription"),
    "reference_code": text("ReferenceCode"),
    "vat_code_id": text("VatCodeId"),
    "is_active": flag("IsActive"),
    "is_blocked_for_manual_booking": flag("IsBlockedForManualBooking"),
    "modified_at": instant("ModifiedUtc"),
}

VAT_CODE: Fields = {
    "code": text("Code"),
    "description": text("Description"),
    "rate": decimal("VatRate"),
    "oss_type": choice("OssCodeType", {0: "none", 1: "sales", 2: "vat"}),
}

COST_CENTER: Fields = {
    "number": identifier("Number"),
    "name": text("Name"),
    "is_active": flag("IsActive"),
    "items": Rows(
        "Items",
        {
            "id": text("Id"),
            "code": text("ShortName"),
            "name": text("Name"),
            "is_active": flag("IsActive"),
        },
    ),
}

PROJECT: Fields = {
    "number": text("Number"),
    "name": text("Name"),
    "start_date": business_date("StartDate"),
    "end_date": business_date("EndDate"),
    "contact_id": text("CustomerId"),
    "contact_name": text("CustomerName"),
    "notes": text("Notes"),
    "status": choice("Status", {1: "ongoing", 2: "finished"}),
    "modified_at": instant("ModifiedUtc"),
}

FISCAL_YEAR: Fields = {
    "kind": Constant("fiscal_year"),
    "start_date": business_date("StartDate"),
    "end_date": business_date("EndDate"),
    "is_locked": flag("IsLockedForAccounting"),
    "bookkeeping_method": choice("BookkeepingMethod", {0: "invoicing", 1: "cash", 2: "no_bookkeeping"}),
}

VOUCHER: Fields = {
    "number": text("NumberAndNumberSeries"),
    "series": text("NumberSeries"),
    "imported_number": text("ImportedVoucherNumber"),
    "date": business_date("VoucherDate"),
    "text": text("VoucherText"),
    "type": choice(
        "VoucherType",
        {
            2: "manual",
            7: "purchase_receipt",
            8: "vat_report",
            9: "sie_import",
            10: "bank_transaction",
            11: "bank_transaction",
            12: "supplier_invoice_debit",
            13: "supplier_invoice_credit",
            14: "customer_invoice_debit",
            15: "customer_invoice_credit",
        },
    ),
    "source_id": text("SourceId"),
    "created_at": instant("CreatedUtc"),
    "modified_at": instant("ModifiedUtc"),
    "rows": Rows(
        "Rows",
        {
            "account_id": Constant(None),
            "account_number": identifier("AccountNumber"),
            "account_name": text("AccountDescription"),
            "debit_amount": decimal("DebitAmount"),
            "credit_amount": decimal("CreditAmount"),
            "text": text("TransactionText"),
            "vat_code_id": text("VatCodeId"),
            "vat_amount": decimal("VatAmount"),
            "quantity": decimal("Quantity"),
            "cost_center_item_ids": COST_CENTER_ITEMS,
            "project_id": text("ProjectId"),
        },
    ),
}

# Accounts have no id of their own, and the list mixes all fiscal years.
ACCOUNTS = Listing(
    name="accounts",
    resource=ResourceName.LEDGER_ACCOUNT,
    path="/accounts",
    cursor=Instant("ModifiedUtc"),
    key=("FiscalYearId", "Number"),
    fields=ACCOUNT,
)
VAT_CODES = Listing(name="vatcodes", resource=ResourceName.VAT_CODE, path="/vatcodes", fields=VAT_CODE)
COST_CENTERS = Listing(
    name="costcenters", resource=ResourceName.COST_CENTER, path="/costcenters", fields=COST_CENTER
)
PROJECTS = Listing(
    name="projects",
    resource=ResourceName.PROJECT,
    path="/projects",
    cursor=Instant("ModifiedUtc"),
    fields=PROJECT,
)
FISCAL_YEARS = Listing(
    name="fiscalyears", resource=ResourceName.PERIOD, path="/fiscalyears", fields=FISCAL_YEAR
)
VOUCHERS = Listing(
    name="vouchers",
    resource=ResourceName.VOUCHER,
    path="/vouchers",
    cursor=Instant("ModifiedUtc"),
    fields=VOUCHER,
)
