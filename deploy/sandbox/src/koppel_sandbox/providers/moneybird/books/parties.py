"""Contacts: customers and suppliers are one list, which does not say who is which."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.eaccounting.books import parties
from koppel_sandbox.providers.moneybird.books.values import administration_id, moment, record_id
from koppel_sandbox.story.company import Company

CONTACTS = "contacts"


def contact_count(company: Company) -> int:
    return company.sizes.customers + company.sizes.suppliers


def supplier_contact(company: Company, supplier: int) -> int:
    """Where a supplier of the story stands among the contacts: behind the customers."""
    return company.sizes.customers + supplier


def _teller(company: Company, index: int) -> JsonObject:
    supplier = index - company.sizes.customers
    if 0 <= supplier < company.sizes.suppliers:
        told = parties.supplier(company, supplier)
        address = {name: told[name] for name in ("Address1", "PostalCode", "City", "CountryCode")}
        return {
            **told,
            **address,
            "Number": told["SupplierNumber"],
            "Bank": told["BankIban"],
            "Private": False,
        }
    told = parties.customer(company, index)
    address = {name: told[f"Invoice{name}"] for name in ("Address1", "PostalCode", "City", "CountryCode")}
    return {
        **told,
        **address,
        "Number": told["CustomerNumber"],
        "Bank": told["Iban"],
        "Private": told["IsPrivatePerson"],
    }


def contact(company: Company, index: int) -> JsonObject:
    told = _teller(company, index)
    first, _, last = str(told["ContactPersonName"]).partition(" ")
    changed = company.changed_at(CONTACTS, index)
    return {
        "id": record_id(company, CONTACTS, index),
        "administration_id": administration_id(company),
        "company_name": "" if told["Private"] else told["Name"],
        "firstname": first,
        "lastname": last,
        "address1": told["Address1"],
        "address2": "",
        "zipcode": told["PostalCode"],
        "city": told["City"],
        "country": told["CountryCode"],
        "phone": told["Telephone"],
        "delivery_method": "Email",
        "customer_id": str(told["Number"]),
        "tax_number": told["VatNumber"],
        "chamber_of_commerce": told["CorporateIdentityNumber"],
        "bank_account": told["Bank"] or "",
        "sepa_iban": told["Bank"] or "",
        "attention": "",
        "email": told["EmailAddress"],
        "archived": not told["IsActive"],
        "sales_invoices_url": f"https://moneybird.example/contacts/{record_id(company, 'view', index)}",
        "created_at": moment(company.created_at(CONTACTS, index)),
        "updated_at": moment(changed),
        "version": changed,
        "notes": [],
        "contact_people": [],
        "events": [],
    }
