"""Relations: customers and suppliers in one list, the company's own, and a placeholder."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.eaccounting.books import parties
from koppel_sandbox.providers.snelstart.books.values import named
from koppel_sandbox.story.company import Company, company_name

RELATIONS = "relaties"
_OWN, _PLACEHOLDER = 0, 1
_BEFORE = 2
"""Entries before the first customer."""


def relation_count(company: Company) -> int:
    return _BEFORE + company.sizes.customers + company.sizes.suppliers


def customer_relation(customer: int) -> int:
    return _BEFORE + customer


def supplier_relation(company: Company, supplier: int) -> int:
    return _BEFORE + company.sizes.customers + supplier


def relation(company: Company, index: int) -> JsonObject:
    if index in (_OWN, _PLACEHOLDER):
        kinds, number = (["Eigen"], 1) if index == _OWN else (["Klant"], -1)
        return _shaped(company, index, kinds, number, {"Name": company_name(company)[0], "IsActive": True})
    supplier = index - supplier_relation(company, 0)
    if 0 <= supplier < company.sizes.suppliers:
        told = parties.supplier(company, supplier)
        kinds = ["Leverancier", "Klant"] if supplier % 10 == 0 else ["Leverancier"]
        return _shaped(company, index, kinds, int(str(told["SupplierNumber"])), told)
    told = parties.customer(company, index - _BEFORE)
    address = {name: told[f"Invoice{name}"] for name in ("Address1", "PostalCode", "City")}
    return _shaped(company, index, ["Klant"], int(str(told["CustomerNumber"])), {**told, **address})


def _shaped(company: Company, index: int, kinds: list[str], number: int, told: JsonObject) -> JsonObject:
    address = {
        "contactpersoon": told.get("ContactPersonName"),
        "straat": told.get("Address1"),
        "postcode": told.get("PostalCode"),
        "plaats": told.get("City"),
        "land": None,
    }
    return {
        **named(company, RELATIONS, index),
        "relatiesoort": kinds,
        "relatiecode": number,
        "naam": told["Name"],
        "vestigingsAdres": address,
        "correspondentieAdres": address,
        "telefoon": told.get("Telephone"),
        "mobieleTelefoon": told.get("MobilePhone"),
        "email": told.get("EmailAddress"),
        "btwNummer": told.get("VatNumber"),
        "krediettermijn": 30,
        "nonactief": not told["IsActive"],
        "kvkNummer": told.get("CorporateIdentityNumber"),
        "oin": None,
        "websiteUrl": None,
        "iban": told.get("Iban") or told.get("BankIban"),
        "bic": None,
    }
