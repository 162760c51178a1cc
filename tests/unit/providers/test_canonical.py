"""Each listing of eAccounting in canonical form, from the property names of its specification."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import JsonValue

from koppel.providers.catalogue import provider
from koppel.providers.listed_records import ProviderRecord
from koppel.providers.listing import Listing
from koppel.providers.mapping import Constant, Field, Fields, Group, Rows, Texts
from koppel.providers.port import ProviderAccess
from koppel.providers.reading import Instant, PageRequest

EACCOUNTING = provider("eaccounting")
LISTINGS = {listing.name: listing for group in EACCOUNTING.listings.values() for listing in group}
SCHEMAS: dict[str, dict[str, dict[str, str]]] = json.loads(
    Path(__file__).with_name("eaccounting_properties.json").read_text()
)


async def record_of(
    answering: Callable[..., Any], access: ProviderAccess, name: str, item: Mapping[str, object]
) -> ProviderRecord:
    api = answering(httpx.Response(200, json={"Meta": {}, "Data": [item]}))
    page = await EACCOUNTING.read(api.http, access, LISTINGS[name], PageRequest())
    assert page.broken == []
    return page.records[0]


def properties(fields: Fields) -> Iterator[str]:
    """The names that a table reads from its own object; rows are objects of another schema."""
    for part in fields.values():
        match part:
            case Field(prop) | Rows(prop):
                yield prop
            case Group(inner):
                yield from properties(inner)
            case Texts(props):
                yield from props
            case Constant():
                pass


def row_tables(fields: Fields) -> list[Fields]:
    return [part.fields for part in fields.values() if isinstance(part, Rows)]


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=lambda listing: listing.name)
def test_every_property_that_is_read_exists_at_the_provider(listing: Listing) -> None:
    main, *rows = SCHEMAS[listing.path.removeprefix("/")].values()
    read = {*listing.key, *properties(listing.fields)} | (
        {listing.cursor.property} if isinstance(listing.cursor, Instant) else set()
    )
    assert read <= set(main)
    tables = row_tables(listing.fields)
    assert len(tables) == len(rows)
    for table, schema in zip(tables, rows, strict=True):
        assert set(properties(table)) <= set(schema)


def only_row(record: ProviderRecord) -> dict[str, JsonValue]:
    rows = record.data["rows"]
    assert isinstance(rows, list)
    (row,) = rows
    assert isinstance(row, dict)
    return row


EXAMPLES = {"string": "2026-01-05T00:00:00Z", "integer": 1, "number": 1.5, "boolean": True}


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=lambda listing: listing.name)
async def test_every_property_of_its_specified_type_can_be_mapped(
    answering: Callable[..., Any], access: ProviderAccess, listing: Listing
) -> None:
    main, *rows = SCHEMAS[listing.path.removeprefix("/")].values()
    item: dict[str, object] = {name: EXAMPLES.get(kind) for name, kind in main.items()}
    tables = [(name, part) for name, part in listing.fields.items() if isinstance(part, Rows)]
    for (_, part), schema in zip(tables, rows, strict=True):
        item[part.prop] = [{name: EXAMPLES.get(kind) for name, kind in schema.items()}]
    record = await record_of(answering, access, listing.name, item)
    filled = [name for name, part in listing.fields.items() if part != Constant(None)]
    assert [name for name in filled if record.data[name] is None] == []
    assert list(record.data) == list(listing.fields)


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=lambda listing: listing.name)
async def test_properties_that_are_absent_are_null(
    answering: Callable[..., Any], access: ProviderAccess, listing: Listing
) -> None:
    key: dict[str, object] = dict.fromkeys(listing.key, "k")
    record = await record_of(answering, access, listing.name, key)
    assert set(record.data) == set(listing.fields)


async def test_customer(answering: Callable[..., Any], access: ProviderAccess) -> None:
    item = {
        "Id": "c-1",
        "CustomerNumber": "1001",
        "Name": "Jansen & Zn",
        "IsActive": True,
        "IsPrivatePerson": False,
        "CorporateIdentityNumber": "01234567",
        "VatNumber": "NL001234567B01",
        "EmailAddress": "info@jansen.example",
        "Telephone": "020-1234567",
        "Iban": "NL91ABNA0417164300",
        "CurrencyCode": "EUR",
        "InvoiceAddress1": "Kade 1",
        "InvoicePostalCode": "1011 AB",
        "InvoiceCity": "Amsterdam",
        "InvoiceCountryCode": "NL",
        "DeliveryCity": "Utrecht",
        "UnpaidInvoicesAmount": 1210.0,
        "LastInvoiceDate": "2026-03-31T00:00:00",
        "ChangedUtc": "2026-04-01T08:00:00",
        "SomethingNew": 1,
    }
    record = await record_of(answering, access, "customers", item)
    assert record.external_id == "c-1"
    assert record.data == {
        "kind": "customer",
        "number": "1001",
        "name": "Jansen & Zn",
        "is_active": True,
        "is_private_person": False,
        "registration_number": "01234567",
        "vat_number": "NL001234567B01",
        "email": "info@jansen.example",
        "phone": "020-1234567",
        "mobile_phone": None,
        "website": None,
        "contact_person": None,
        "iban": "NL91ABNA0417164300",
        "currency": "EUR",
        "terms_of_payment_id": None,
        "unpaid_amount": "1210",
        "last_invoice_date": "2026-03-31",
        "modified_at": "2026-04-01T08:00:00Z",
        "address": {
            "line1": "Kade 1",
            "line2": None,
            "postal_code": "1011 AB",
            "city": "Amsterdam",
            "country": "NL",
        },
    }


async def test_supplier_has_the_same_form_as_a_customer(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    item = {"Id": "s-1", "SupplierNumber": "7", "BankIban": "NL91ABNA0417164300", "City": "Breda"}
    supplier = await record_of(answering, access, "suppliers", item)
    customer = await record_of(answering, access, "customers", {"Id": "c-1"})
    assert list(supplier.data) == list(customer.data)
    assert supplier.data["kind"] == "supplier"
    assert supplier.data["number"] == "7"
    assert supplier.data["iban"] == "NL91ABNA0417164300"
    address = supplier.data["address"]
    assert isinstance(address, dict)
    assert address["city"] == "Breda"


async def test_account_is_known_by_year_and_number(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    item = {"FiscalYearId": "fy-2026", "Number": "1300", "Name": "Debiteuren", "Type": 3, "IsActive": True}
    record = await record_of(answering, access, "accounts", item)
    assert record.external_id == "fy-2026:1300"
    assert (record.data["number"], record.data["type"], record.data["is_active"]) == ("1300", "3", True)


async def test_vat_code(answering: Callable[..., Any], access: ProviderAccess) -> None:
    item = {"Id": "v-1", "Code": "05", "Description": "Hoog", "VatRate": 0.21, "OssCodeType": 0}
    record = await record_of(answering, access, "vatcodes", item)
    assert record.data == {"code": "05", "description": "Hoog", "rate": "0.21", "oss_type": "none"}


async def test_cost_center_with_its_items(answering: Callable[..., Any], access: ProviderAccess) -> None:
    items = [{"Id": "i-1", "ShortName": "VK", "Name": "Verkoop", "IsActive": False}]
    item = {"Id": "k-1", "Number": 1, "Name": "Afdeling", "IsActive": True, "Items": items}
    record = await record_of(answering, access, "costcenters", item)
    assert record.data == {
        "number": "1",
        "name": "Afdeling",
        "is_active": True,
        "items": [{"id": "i-1", "code": "VK", "name": "Verkoop", "is_active": False}],
    }


async def test_project(answering: Callable[..., Any], access: ProviderAccess) -> None:
    item = {"Id": "p-1", "Number": "12", "CustomerId": "c-1", "StartDate": "2026-02-01T00:00:00", "Status": 2}
    record = await record_of(answering, access, "projects", item)
    assert record.data["contact_id"] == "c-1"
    assert record.data["start_date"] == "2026-02-01"
    assert record.data["status"] == "finished"


async def test_fiscal_year_is_a_period(answering: Callable[..., Any], access: ProviderAccess) -> None:
    item = {
        "Id": "fy-2026",
        "StartDate": "2026-01-01T00:00:00",
        "EndDate": "2026-12-31T00:00:00",
        "IsLockedForAccounting": False,
        "BookkeepingMethod": 1,
    }
    record = await record_of(answering, access, "fiscalyears", item)
    assert record.data == {
        "kind": "fiscal_year",
        "start_date": "2026-01-01",
        "end_date": "2026-12-31",
        "is_locked": False,
        "bookkeeping_method": "cash",
    }


async def test_customer_invoice_with_its_rows(answering: Callable[..., Any], access: ProviderAccess) -> None:
    rows = [
        {
            "Id": "r-1",
            "LineNumber": 1,
            "Quantity": 2.5,
            "UnitPrice": 40.0,
            "VatRate": 0.21,
            "CostCenterItemId2": "i-1",
        }
    ]
    item = {
        "Id": "f-1",
        "InvoiceNumber": 20260001,
        "CustomerId": "c-1",
        "TotalAmount": 121.0,
        "PaymentStatus": 2,
        "Rows": rows,
    }
    record = await record_of(answering, access, "customerinvoices", item)
    assert record.data["number"] == "20260001"
    assert record.data["contact_id"] == "c-1"
    assert record.data["total_amount"] == "121"
    assert record.data["payment_status"] == "overdue"
    row = only_row(record)
    assert (row["quantity"], row["unit_price"], row["vat_rate"]) == ("2.5", "40", "0.21")
    assert row["cost_center_item_ids"] == ["i-1"]


@pytest.mark.parametrize(("name", "prop"), [("supplierinvoices", "DebetAmount"), ("vouchers", "DebitAmount")])
async def test_debit_amounts_are_found_under_either_spelling(
    answering: Callable[..., Any], access: ProviderAccess, name: str, prop: str
) -> None:
    item = {"Id": "x", "Rows": [{"AccountNumber": 4000, prop: 99.95, "CreditAmount": 0.0}]}
    record = await record_of(answering, access, name, item)
    row = only_row(record)
    assert (row["account_number"], row["debit_amount"], row["credit_amount"]) == ("4000", "99.95", "0")


async def test_enumeration_without_a_name_stays_visible(
    answering: Callable[..., Any], access: ProviderAccess
) -> None:
    named = await record_of(
        answering, access, "supplierinvoices", {"Id": "x", "PaymentStatus": 6, "Status": 1}
    )
    other = await record_of(answering, access, "supplierinvoices", {"Id": "x", "PaymentStatus": 17})
    assert (named.data["payment_status"], named.data["status"]) == ("paid", "normal")
    assert other.data["payment_status"] == "17"
