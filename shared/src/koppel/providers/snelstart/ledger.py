"""SnelStart's ledger accounts, journals, cost centres and VAT rates, and its ledger lines, which make vouchers."""

from pydantic import JsonValue

from koppel.contracts.values import ResourceName
from koppel.providers.derived import fraction, inside, negated
from koppel.providers.listing import Listing, Parts
from koppel.providers.mapping import (
    Constant,
    Derived,
    Fields,
    Item,
    Rows,
    business_date,
    decimal,
    identifier,
    instant,
    text,
)
from koppel.providers.snelstart.relations import INACTIVE, PAGE_SIZE
from koppel.providers.snelstart.stamps import CHANGES
from koppel.providers.snelstart.values import newest_stamp

LINES = "regels"
ENTRY = "boeking"
"""What a line is given here: the entry that it belongs to. The provider has no id for it."""


def _reference_code(item: Item) -> str | None:
    """The code of the newest version of the reference scheme."""
    schemes = item.get("rgsCode")
    told = [each for each in schemes if isinstance(each, dict)] if isinstance(schemes, list) else []
    codes = [
        (str(each.get("versie") or ""), code) for each in told if isinstance(code := each.get("rgsCode"), str)
    ]
    return max(codes)[1] if codes else None


def _cost_centers(item: Item) -> JsonValue:
    center = item.get("kostenplaats")
    identity = center.get("id") if isinstance(center, dict) else None
    return [identity] if isinstance(identity, str) else []


def with_entry(line: JsonValue) -> JsonValue:
    """The line with its entry: journal, day and document (unconfirmed that they name one). As it is without them."""
    if not isinstance(line, dict):
        return line
    journal, day, document = line.get("dagboek"), line.get("datum"), line.get("boekstuk")
    identity = journal.get("id") if isinstance(journal, dict) else None
    if not (isinstance(identity, str) and isinstance(day, str) and isinstance(document, str) and identity):
        return line
    return {**line, ENTRY: f"{identity}:{day[:10]}:{document}"}


ACCOUNT: Fields = {
    "number": identifier("nummer"),
    "name": text("omschrijving"),
    "fiscal_year_id": Constant(None),
    "type": text("grootboekfunctie"),
    "type_name": text("grootboekRubriek"),
    "reference_code": Derived(("rgsCode",), _reference_code),
    "vat_code_id": Constant(None),
    "is_active": negated("nonactief"),
    "is_blocked_for_manual_booking": Constant(None),
    "modified_at": instant("modifiedOn"),
}

# Rates have no id: what they are and from when names one.
VAT_RATE: Fields = {
    "code": text("btwSoort"),
    "description": text("btwSoort"),
    "rate": fraction("btwPercentage"),
    "oss_type": Constant(None),
}

COST_CENTER: Fields = {
    "number": identifier("nummer"),
    "name": text("omschrijving"),
    "is_active": negated("nonactief"),
    "items": Constant(None),
}

JOURNAL: Fields = {"number": identifier("nummer"), "name": text("omschrijving")}

VOUCHER: Fields = {
    "number": text("boekstuk"),
    "series": inside("dagboek"),
    "imported_number": Constant(None),
    "date": business_date("datum"),
    "text": Constant(None),
    "type": Constant(None),
    "source_id": Constant(None),
    "created_at": Constant(None),
    "modified_at": newest_stamp(LINES, "modifiedOn"),
    "rows": Rows(
        LINES,
        {
            "account_id": inside("grootboek"),
            "account_number": Constant(None),
            "account_name": Constant(None),
            "debit_amount": decimal("debet"),
            "credit_amount": decimal("credit"),
            "text": text("omschrijving"),
            "vat_code_id": Constant(None),
            "vat_amount": Constant(None),
            "quantity": Constant(None),
            "cost_center_item_ids": Derived(("kostenplaats",), _cost_centers),
            "project_id": Constant(None),
        },
    ),
}

ACCOUNTS = Listing(
    name="grootboeken",
    resource=ResourceName.LEDGER_ACCOUNT,
    path="/grootboeken",
    cursor=CHANGES,
    removal=INACTIVE,
    page_size=PAGE_SIZE,
    counted=False,
    key=("id",),
    fields=ACCOUNT,
)
JOURNALS = Listing(
    name="dagboeken",
    resource=ResourceName.JOURNAL,
    path="/dagboeken",
    counted=False,
    key=("id",),
    fields=JOURNAL,
)
COST_CENTERS = Listing(
    name="kostenplaatsen",
    resource=ResourceName.COST_CENTER,
    path="/kostenplaatsen",
    counted=False,
    key=("id",),
    fields=COST_CENTER,
)
VAT_RATES = Listing(
    name="btwtarieven",
    resource=ResourceName.VAT_CODE,
    path="/btwtarieven",
    counted=False,
    key=("btwSoort", "datumVanaf"),
    fields=VAT_RATE,
)
# No entry has an id: journal, document and day name it (unconfirmed).
LEDGER_LINES = Listing(
    name="grootboekmutaties",
    resource=ResourceName.VOUCHER,
    path="/grootboekmutaties",
    cursor=CHANGES,
    page_size=PAGE_SIZE,
    counted=False,
    key=("id",),
    parts=Parts(key=(ENTRY,), head=("dagboek", "boekstuk", "datum"), order=("id",), rows=LINES),
    fields=VOUCHER,
)
