"""Values as providers really send them now and then: what can be read is read, and what says nothing is null."""

from collections.abc import Mapping

import orjson
import pytest
from pydantic import JsonValue

from koppel.contracts.canonical import CANONICAL
from koppel.providers import conversion
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.listed_records import ProviderRecord, read_items
from koppel.providers.listing import Listing
from koppel.providers.mapping import Derived, Field, Group, Rows, Texts
from koppel.providers.parts import put_together

LISTINGS = {
    f"{provider.profile.id}/{listing.name}": listing
    for provider in PROVIDERS.values()
    for group in provider.listings.values()
    for listing in group
}
every_listing = pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS.keys())


def properties(listing: Listing) -> set[str]:
    """All that the listing's table reads of an item, without its key."""
    found: set[str] = set()
    fields = list(listing.fields.values())
    while fields:
        match fields.pop():
            case Field(prop) | Rows(prop):
                found.add(prop)
            case Group(inner):
                fields += inner.values()
            case Texts(props) | Derived(props):
                found |= set(props)
            case _:
                pass
    parts = listing.parts
    return found - {*listing.key, *(() if parts is None else (*parts.key, parts.rows))}


def record_of(listing: Listing, item: Mapping[str, JsonValue]) -> ProviderRecord:
    """The one record of one item; the model takes it."""
    parts = listing.parts
    keys: dict[str, JsonValue] = dict.fromkeys((*listing.key, *(parts.key if parts else ())), "k")
    records, broken = read_items([keys | dict(item)], listing)
    assert broken == []
    record = records[0] if parts is None else put_together(listing, [records[0].raw])
    if not record.gone:
        CANONICAL[listing.resource].model_validate_json(orjson.dumps(record.data), strict=True)
    return record


@every_listing
def test_an_item_of_nulls_is_a_record(listing: Listing) -> None:
    record_of(listing, dict.fromkeys(properties(listing)))


@every_listing
def test_an_item_with_nothing_but_its_key_is_a_record(listing: Listing) -> None:
    record_of(listing, {})


@every_listing
def test_properties_that_nobody_knows_stay_in_the_body(listing: Listing) -> None:
    unknown: dict[str, JsonValue] = {
        "Nieuw": {"results": [{"Diep": [None, -0.0, 2**63]}]},
        "": "x",
        "\u00e9": "\u0000",
    }
    record = record_of(listing, unknown)
    if listing.parts is None:
        assert orjson.loads(record.raw)["Nieuw"] == {"results": [{"Diep": [None, -0.0, 2**63]}]}


@every_listing
def test_empty_text_is_null_where_something_else_belongs(listing: Listing) -> None:
    converted = {
        name: field.prop
        for name, field in listing.fields.items()
        if isinstance(field, Field) and field.convert is not conversion.text
    }
    record = record_of(listing, dict.fromkeys(set(converted.values()) - set(listing.key), ""))
    assert {record.data.get(name) for name, prop in converted.items() if prop not in listing.key} <= {None}


@pytest.mark.parametrize(
    ("listing", "prop", "sent", "field", "canonical"),
    [
        ("exact_online/VATCodes", "Percentage", "0.210000", "rate", "0.21"),
        ("exact_online/VATCodes", "Percentage", -0.0, "rate", "0"),
        ("exact_online/VATCodes", "Percentage", "-0.00", "rate", "0"),
        ("exact_online/VATCodes", "Code", "  5 ", "code", "5"),
        ("exact_online/Accounts", "Code", "                 7", "number", "7"),
        ("exact_online/Accounts", "EndDate", "/Date(-1)/", "is_active", False),
        ("exact_online/Accounts", "Modified", "/Date(-1)/", "modified_at", "1969-12-31T23:59:59.999Z"),
        ("exact_online/Accounts", "Modified", "/Date(0+0200)/", "modified_at", "1970-01-01T00:00:00Z"),
        ("exact_online/Projects", "StartDate", "/Date(-62135596800000)/", "start_date", "0001-01-01"),
        ("exact_online/SalesEntries", "AmountDC", "-1210.50", "total_amount", "-1210.5"),
        ("exact_online/PurchaseEntries", "Status", 77, "status", "77"),
        ("exact_online/TransactionLines", "Type", 9999, "type", "9999"),
        ("exact_online/TransactionLines", "EntryNumber", 2**53 + 1, "number", str(2**53 + 1)),
        ("eaccounting/customers", "ChangedUtc", "2026-11-24T11:00:00.1234567+01:00", "modified_at", "2026-11-24T10:00:00.123456Z"),
        ("eaccounting/customers", "ChangedUtc", "2026-11-24T11:00:00", "modified_at", "2026-11-24T11:00:00Z"),
        ("eaccounting/customers", "UnpaidInvoicesAmount", "12.50", "unpaid_amount", "12.5"),
        ("eaccounting/projects", "Status", 9, "status", "9"),
        ("eaccounting/vatcodes", "OssCodeType", -1, "oss_type", "-1"),
        ("moneybird/sales_invoices", "state", "brand_new", "payment_status", "brand_new"),
        ("moneybird/sales_invoices", "total_price_incl_tax", "-0.0", "total_amount_in_currency", "0"),
        ("moneybird/sales_invoices", "updated_at", "2026-11-24T11:00:00+01:00", "modified_at", "2026-11-24T10:00:00Z"),
        ("moneybird/contacts", "customer_id", 2**53 + 1, "number", str(2**53 + 1)),
        ("moneybird/projects", "state", "paused", "status", "paused"),
        ("snelstart/relaties", "relatiesoort", ["Prospect"], "kind", "relation"),
        ("snelstart/relaties", "relatiecode", 2**53 + 1, "number", str(2**53 + 1)),
        ("snelstart/btwtarieven", "btwPercentage", "21.00", "rate", "0.21"),
        ("snelstart/btwtarieven", "btwPercentage", -0.0, "rate", "0"),
        ("snelstart/verkoopfacturen", "factuurBedrag", "12.50", "total_amount", "12.5"),
        ("snelstart/verkoopfacturen", "modifiedOn", "2026-11-24T11:00:00.1234567", "modified_at", "2026-11-24T11:00:00.123456Z"),
        ("snelstart/grootboeken", "grootboekfunctie", "Nieuw", "type", "Nieuw"),
    ],
)  # fmt: skip
def test_odd_value_in_canonical_form(
    listing: str, prop: str, sent: JsonValue, field: str, canonical: JsonValue
) -> None:
    assert record_of(LISTINGS[listing], {prop: sent}).data[field] == canonical
