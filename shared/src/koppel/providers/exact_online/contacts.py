"""Exact's accounts in the sense of relations: one list of customers, suppliers and others."""

from koppel.contracts.values import ResourceName
from koppel.providers.derived import first_of
from koppel.providers.exact_online.feeds import ENTITY, FEED_PAGE_SIZE, TIMESTAMP, deleted
from koppel.providers.exact_online.values import is_over, odata_instant, trimmed
from koppel.providers.listing import Listing
from koppel.providers.mapping import Constant, Derived, Fields, Group, Item, text

_CUSTOMER = "C"
"""`Status`: A none, S suspect, P prospect, C customer."""


def _kind(item: Item) -> str:
    customer, supplier = item.get("Status") == _CUSTOMER, item.get("IsSupplier") is True
    if customer and supplier:
        return "customer_and_supplier"
    return "customer" if customer else "supplier" if supplier else "relation"


def _is_active(item: Item) -> bool:
    return item.get("Blocked") is not True and not is_over(item, "EndDate")


CONTACT: Fields = {
    "kind": Derived(("Status", "IsSupplier"), _kind),
    "number": trimmed("Code"),
    "name": text("Name"),
    "is_active": Derived(("Blocked", "EndDate"), _is_active),
    "is_private_person": Constant(None),
    "registration_number": text("ChamberOfCommerce"),
    "vat_number": text("VATNumber"),
    "email": text("Email"),
    "phone": text("Phone"),
    "mobile_phone": Constant(None),
    "website": text("Website"),
    "contact_person": Constant(None),  # an id here; the name is in a list that is not read
    "iban": Constant(None),
    "currency": first_of("SalesCurrency", "PurchaseCurrency"),
    "terms_of_payment_id": first_of("PaymentConditionSales", "PaymentConditionPurchase"),
    "unpaid_amount": Constant(None),
    "last_invoice_date": Constant(None),
    "modified_at": odata_instant("Modified"),
    "address": Group(
        {
            "line1": text("AddressLine1"),
            "line2": text("AddressLine2"),
            "postal_code": text("Postcode"),
            "city": text("City"),
            "country": trimmed("Country"),
        }
    ),
}

CONTACTS = Listing(
    name="Accounts",
    resource=ResourceName.CONTACT,
    path="/sync/CRM/Accounts",
    # Never BSN, a citizen's number.
    parameters={
        "$select": "Timestamp,ID,Code,Name,Status,Type,IsSupplier,IsSales,Blocked,StartDate,EndDate,IsAnonymised,"
        "AddressLine1,AddressLine2,AddressLine3,Postcode,City,Country,Phone,Email,Website,ChamberOfCommerce,VATNumber,"
        "OINNumber,MainContact,PaymentConditionSales,PaymentConditionPurchase,PurchaseCurrency,SalesCurrency,Parent,"
        "Created,Modified,Division"
    },
    cursor=TIMESTAMP,
    removal=deleted(ENTITY.accounts),
    page_size=FEED_PAGE_SIZE,
    key=("ID",),
    volatile=frozenset({"Timestamp"}),
    fields=CONTACT,
)
