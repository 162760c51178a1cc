"""Gegevens of an administration: what was synchronised, by resource, canonical and as the package gave it."""

import json
from asyncio import gather
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visitor, unless_gone
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router)
RESOURCES: dict[str, Words] = {
    "ledger_account": Words("Grootboekrekeningen", "Ledger accounts"),
    "vat_code": Words("Btw-codes", "VAT codes"),
    "cost_center": Words("Kostenplaatsen", "Cost centers"),
    "project": Words("Projecten", "Projects"),
    "contact": Words("Relaties", "Contacts"),
    "journal": Words("Dagboeken", "Journals"),
    "period": Words("Perioden", "Periods"),
    "customer_invoice": Words("Verkoopfacturen", "Customer invoices"),
    "supplier_invoice": Words("Inkoopfacturen", "Supplier invoices"),
    "voucher": Words("Boekingen", "Vouchers"),
}


@router.get("/administrations/{administration_id}/records")
async def records(
    visit: Visitor, administration_id: UUID, resource: str = "contact", cursor: str = ""
) -> Response:
    """A page of one resource's records."""
    chosen, one = resource if resource in RESOURCES else "contact", f"/v1/administrations/{administration_id}"
    found, administration, status = await gather(
        visit.calls.read("sync-svc", f"{one}/records", resource=chosen, cursor=cursor, limit=25),
        visit.calls.read("import-svc", one),
        visit.calls.read("sync-svc", f"{one}/sync-status"),
    )
    return visit.page(
        "records.html",
        Words("Gegevens", "Records"),
        command=f"koppel records {administration_id} --resource {chosen}",
        administration_id=administration_id,
        administration=unless_gone(administration),
        records=found,
        resource=chosen,
        resources=RESOURCES,
        counts={each.get("resource"): each.get("records") for each in status.rows("resources")},
        as_text=lambda value: json.dumps(value, indent=1, ensure_ascii=False, default=str)[:20_000],
    )
