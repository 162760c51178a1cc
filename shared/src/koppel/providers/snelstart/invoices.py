"""SnelStart's invoices. Their rows are read one invoice at a time only, so they have none; the ledger lines have all."""

from koppel.contracts.values import ResourceName
from koppel.providers.derived import inside
from koppel.providers.listing import Listing
from koppel.providers.mapping import Constant, Fields, business_date, decimal, instant, text
from koppel.providers.snelstart.relations import PAGE_SIZE
from koppel.providers.snelstart.values import is_negative, payment_status

_NOTHING = Constant(None)


def _common() -> Fields:
    return {
        "number": text("factuurnummer"),
        "is_credit": is_negative("factuurBedrag"),
        "contact_id": inside("relatie"),
        "contact_number": _NOTHING,
        "contact_name": _NOTHING,
        "invoice_date": business_date("factuurDatum"),
        "due_date": business_date("vervalDatum"),
        "payment_date": _NOTHING,
        "payment_status": payment_status("openstaandSaldo", "vervalDatum"),
        "payment_reference": _NOTHING,
        "currency": _NOTHING,
        "currency_rate": _NOTHING,
        "total_amount": decimal("factuurBedrag"),
        "vat_amount": _NOTHING,
        "remaining_amount": decimal("openstaandSaldo"),
        "remaining_amount_in_currency": _NOTHING,
        "voucher_id": _NOTHING,  # `voucher` records are named by journal, document and day, not by the booking
        "voucher_number": _NOTHING,
        "created_at": _NOTHING,
        "modified_at": instant("modifiedOn"),
        "rows": _NOTHING,
    }


CUSTOMER_INVOICE: Fields = {
    **_common(),
    "delivery_date": _NOTHING,
    "total_amount_in_currency": _NOTHING,
    "vat_amount_in_currency": _NOTHING,
    "rounding": _NOTHING,
    "includes_vat": _NOTHING,
    "our_reference": _NOTHING,
    "your_reference": _NOTHING,
}
SUPPLIER_INVOICE: Fields = {
    **_common(),
    "sequence_number": _NOTHING,
    "series": _NOTHING,
    "status": _NOTHING,
}


def _whole(name: str, resource: ResourceName, fields: Fields) -> Listing:
    """Read whole every time: `modifiedOn` does not always move when an invoice is paid (unconfirmed)."""
    return Listing(
        name=name,
        resource=resource,
        path=f"/{name}",
        page_size=PAGE_SIZE,
        counted=False,
        key=("id",),
        fields=fields,
    )


CUSTOMER_INVOICES = _whole("verkoopfacturen", ResourceName.CUSTOMER_INVOICE, CUSTOMER_INVOICE)
SUPPLIER_INVOICES = _whole("inkoopfacturen", ResourceName.SUPPLIER_INVOICE, SUPPLIER_INVOICE)
