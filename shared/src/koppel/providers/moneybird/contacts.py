"""Moneybird's contacts: one list that does not say who is a customer and who a supplier."""

from koppel.contracts.values import ResourceName
from koppel.providers.derived import first_of, negated
from koppel.providers.listing import Listing
from koppel.providers.mapping import Constant, Derived, Fields, Group, instant, text
from koppel.providers.moneybird.values import name_of
from koppel.providers.moneybird.versions import BATCH
from koppel.providers.reading import Listed, Versions

VOLATILE = frozenset(
    {
        "events",
        "public_view_code",
        "public_view_code_expires_at",
        "payment_url",
        "url",
        "sales_invoices_url",
        "notes",
        "attachments",
    }
)
"""They move without a new version, and some are links that open without a login."""

CONTACT: Fields = {
    "kind": Constant(None),
    "number": text("customer_id"),
    "name": Derived(("company_name", "firstname", "lastname"), name_of),
    "is_active": negated("archived"),
    "is_private_person": Derived(("company_name",), lambda item: not item.get("company_name")),
    "registration_number": text("chamber_of_commerce"),
    "vat_number": text("tax_number"),
    "email": text("email"),
    "phone": text("phone"),
    "mobile_phone": Constant(None),
    "website": Constant(None),
    "contact_person": first_of("attention"),
    "iban": first_of("sepa_iban", "bank_account"),
    "currency": Constant(None),
    "terms_of_payment_id": Constant(None),
    "unpaid_amount": Constant(None),
    "last_invoice_date": Constant(None),
    "modified_at": instant("updated_at"),
    "address": Group(
        {
            "line1": text("address1"),
            "line2": text("address2"),
            "postal_code": text("zipcode"),
            "city": text("city"),
            "country": text("country"),
        }
    ),
}

CONTACTS = Listing(
    name="contacts",
    resource=ResourceName.CONTACT,
    path="/contacts",
    parameters={"include_archived": "true"},
    cursor=Versions(BATCH),
    removal=Listed(),
    page_size=BATCH,
    key=("id",),
    volatile=VOLATILE,
    fields=CONTACT,
)
