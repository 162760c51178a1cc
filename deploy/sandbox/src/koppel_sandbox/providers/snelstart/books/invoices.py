"""Sales and purchase invoices: heads only, rows are elsewhere."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import DAY
from koppel_sandbox.providers.snelstart.books.relations import (
    RELATIONS,
    customer_relation,
    supplier_relation,
)
from koppel_sandbox.providers.snelstart.books.values import day, named, reference
from koppel_sandbox.story.amounts import CUSTOMER_INVOICES, SUPPLIER_INVOICES, Amounts, amounts, euros
from koppel_sandbox.story.company import Company

SALES, PURCHASES = "verkoopfacturen", "inkoopfacturen"


def sales_invoice(company: Company, index: int) -> JsonObject:
    whole = amounts(company, CUSTOMER_INVOICES, index)
    relation = reference(company, RELATIONS, customer_relation(whole.party))
    booking = reference(company, "verkoopboekingen", index)
    head = _head(company, SALES, index, whole)
    return {**head, "relatie": relation, "verkoopBoeking": booking, "verkoopOrders": []}


def purchase_invoice(company: Company, index: int) -> JsonObject:
    whole = amounts(company, SUPPLIER_INVOICES, index)
    relation = reference(company, RELATIONS, supplier_relation(company, whole.party))
    booking = reference(company, "inkoopboekingen", index)
    return {**_head(company, PURCHASES, index, whole), "relatie": relation, "inkoopBoeking": booking}


def _head(company: Company, kind: str, index: int, whole: Amounts) -> JsonObject:
    draw = company.draw(f"snelstart/{kind}", index)
    total = euros(whole.net + whole.vat)
    return {
        **named(company, kind, index),
        "openstaandSaldo": 0.0 if draw.chance(70) else total,
        "factuurnummer": f"2026{index + 1:05d}",
        "vervalDatum": day(whole.date + 30 * DAY),
        "factuurDatum": day(whole.date),
        "factuurBedrag": total,
    }
