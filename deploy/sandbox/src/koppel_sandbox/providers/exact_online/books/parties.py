"""Accounts: customers and suppliers are one list, and some are both."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.eaccounting.books import parties
from koppel_sandbox.providers.exact_online.shapes import shaped
from koppel_sandbox.providers.exact_online.values import division_code, odata_date, padded
from koppel_sandbox.story.company import Company

ACCOUNTS = "Accounts"
_BOTH_EVERY = 9


def account_count(company: Company) -> int:
    return company.sizes.customers + company.sizes.suppliers


def supplier_account(company: Company, supplier: int) -> int:
    """Where a supplier of the story stands among the accounts: behind the customers."""
    return company.sizes.customers + supplier


def account_code(company: Company, index: int) -> str:
    """Customers begin at 1001, suppliers at 5001 or behind the customers."""
    supplier = index - company.sizes.customers
    if 0 <= supplier < company.sizes.suppliers:
        return padded(max(5001, 2001 + company.sizes.customers) + supplier)
    return padded(1001 + index)


def account_name(company: Company, index: int) -> str:
    return str(_told(company, index)["Name"])


def _told(company: Company, index: int) -> JsonObject:
    supplier = index - company.sizes.customers
    if 0 <= supplier < company.sizes.suppliers:
        told = parties.supplier(company, supplier)
        return {**told, "Line": told["Address1"], "Postcode": told["PostalCode"]}
    told = parties.customer(company, index)
    return {
        **told,
        "Line": told["InvoiceAddress1"],
        "Postcode": told["InvoicePostalCode"],
        "City": told["InvoiceCity"],
    }


def account(company: Company, index: int) -> JsonObject:
    told = _told(company, index)
    is_supplier = 0 <= index - company.sizes.customers < company.sizes.suppliers
    is_both = index % _BOTH_EVERY == 0
    created = company.created_at(ACCOUNTS, index)
    return shaped(
        "Account",
        ID=company.guid(ACCOUNTS, index),
        Code=account_code(company, index),
        Name=told["Name"],
        Status="C" if not is_supplier or is_both else "A",
        Type="A",
        IsSupplier=is_supplier or is_both,
        IsSales=not is_supplier,
        Blocked=not told["IsActive"],
        StartDate=odata_date(created),
        IsAnonymised=0,
        AddressLine1=told["Line"],
        Postcode=told["Postcode"],
        City=told["City"],
        Country="NL ",
        Phone=told["Telephone"],
        Email=told["EmailAddress"],
        ChamberOfCommerce=told["CorporateIdentityNumber"],
        VATNumber=told["VatNumber"],
        MainContact=company.guid("Contacts", index),
        PaymentConditionSales="30" if not is_supplier else None,
        PaymentConditionPurchase="30" if is_supplier else None,
        PurchaseCurrency="EUR",
        SalesCurrency="EUR",
        Created=odata_date(created),
        Modified=odata_date(company.changed_at(ACCOUNTS, index)),
        Division=division_code(company),
    )  # fmt: skip
