"""eAccounting's customers and suppliers: two lists, one resource.

Customers tell when they changed in `ChangedUtc`, everything else in `ModifiedUtc`.
"""

from koppel.contracts.values import ResourceName
from koppel.providers.listing import Listing
from koppel.providers.mapping import Constant, Fields, Group, business_date, decimal, flag, instant, text
from koppel.providers.reading import Instant

CUSTOMER: Fields = {
    "kind": Constant("customer"),
    "number": text("CustomerNumber"),
    "name": text("Name"),
    "is_active": flag("IsActive"),
    "is_private_person": flag("IsPrivatePerson"),
    "registration_number": text("CorporateIdentityNumber"),
    "vat_number": text("VatNumber"),
    "email": text("EmailAddress"),
    "phone": text("Telephone"),
    "mobile_phone": text("MobilePhone"),
    "website": text("WwwAddress"),
    "contact_person": text("ContactPersonName"),
    "iban": text("Iban"),
    "currency": text("CurrencyCode"),
    "terms_of_payment_id": text("TermsOfPaymentId"),
    "unpaid_amount": decimal("UnpaidInvoicesAmount"),
    "last_invoice_date": business_date("LastInvoiceDate"),
    "modified_at": instant("ChangedUtc"),
    "address": Group(
        {
            "line1": text("InvoiceAddress1"),
            "line2": text("InvoiceAddress2"),
            "postal_code": text("InvoicePostalCode"),
            "city": text("InvoiceCity"),
            "country": text("InvoiceCountryCode"),
        }
    ),
}

SUPPLIER: Fields = {
    "kind": Constant("supplier"),
    "number": text("SupplierNumber"),
    "name": text("Name"),
    "is_active": flag("IsActive"),
    "is_private_person": Constant(None),
    "registration_number": text("CorporateIdentityNumber"),
    "vat_number": text("VatNumber"),
    "email": text("EmailAddress"),
    "phone": text("Telephone"),
    "mobile_phone": text("MobilePhone"),
    "website": text("WwwAddress"),
    "contact_person": text("ContactPersonName"),
    "iban": text("BankIban"),
    "currency": text("CurrencyCode"),
    "terms_of_payment_id": text("TermsOfPaymentId"),
    "unpaid_amount": decimal("UnpaidInvoicesAmount"),
    "last_invoice_date": business_date("LastInvoiceDate"),
    "modified_at": instant("ModifiedUtc"),
    "address": Group(
        {
            "line1": text("Address1"),
            "line2": text("Address2"),
            "postal_code": text("PostalCode"),
            "city": text("City"),
            "country": text("CountryCode"),
        }
    ),
}

CUSTOMERS = Listing(
    name="customers",
    resource=ResourceName.CONTACT,
    path="/customers",
    cursor=Instant("ChangedUtc"),
    fields=CUSTOMER,
)
SUPPLIERS = Listing(
    name="suppliers",
    resource=ResourceName.CONTACT,
    path="/suppliers",
    cursor=Instant("ModifiedUtc"),
    fields=SUPPLIER,
)
