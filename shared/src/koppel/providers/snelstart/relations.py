"""SnelStart's relations: customers and suppliers, who may be both."""

from koppel.contracts.values import ResourceName
from koppel.providers.derived import inside, negated
from koppel.providers.listing import Listing
from koppel.providers.mapping import Constant, Derived, Fields, Group, Item, identifier, instant, text
from koppel.providers.reading import Flag
from koppel.providers.snelstart.stamps import CHANGES

PAGE_SIZE = 500
INACTIVE = Flag("nonactief", value=True)
"""The provider's own "deleted"."""


def _kind(item: Item) -> str | None:
    kinds = item.get("relatiesoort")
    if not isinstance(kinds, list):
        return None
    customer, supplier = "Klant" in kinds, "Leverancier" in kinds
    if customer and supplier:
        return "customer_and_supplier"
    return "customer" if customer else "supplier" if supplier else "relation"


def is_contact(item: object) -> bool:
    """Not the company's own relation, and no placeholder, which has a number below zero."""
    if not isinstance(item, dict):
        return True  # counted as broken where items become records
    kinds, number = item.get("relatiesoort"), item.get("relatiecode")
    is_own = isinstance(kinds, list) and "Eigen" in kinds
    return not (is_own or (type(number) is int and number < 0))


def _address_line(name: str) -> Derived:
    return inside("vestigingsAdres", name)


RELATION: Fields = {
    "kind": Derived(("relatiesoort",), _kind),
    "number": identifier("relatiecode"),
    "name": text("naam"),
    "is_active": negated("nonactief"),
    "is_private_person": Constant(None),
    "registration_number": text("kvkNummer"),
    "vat_number": text("btwNummer"),
    "email": text("email"),
    "phone": text("telefoon"),
    "mobile_phone": text("mobieleTelefoon"),
    "website": text("websiteUrl"),
    "contact_person": _address_line("contactpersoon"),
    "iban": text("iban"),
    "currency": Constant(None),
    "terms_of_payment_id": identifier("krediettermijn"),
    "unpaid_amount": Constant(None),
    "last_invoice_date": Constant(None),
    "modified_at": instant("modifiedOn"),
    "address": Group(
        {
            "line1": _address_line("straat"),
            "line2": Constant(None),
            "postal_code": _address_line("postcode"),
            "city": _address_line("plaats"),
            "country": Constant(None),  # an id; the list of countries is not read
        }
    ),
}

RELATIONS = Listing(
    name="relaties",
    resource=ResourceName.CONTACT,
    path="/relaties",
    cursor=CHANGES,
    removal=INACTIVE,
    page_size=PAGE_SIZE,
    counted=False,
    key=("id",),
    fields=RELATION,
)
