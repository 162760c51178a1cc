"""What the seed makes: repeatable, complete, and believable."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import orjson
import pytest

from koppel_sandbox.providers.eaccounting.books.catalogue import KINDS
from koppel_sandbox.providers.eaccounting.settings import Settings
from koppel_sandbox.providers.eaccounting.world import World
from koppel_sandbox.settings import Sizes
from koppel_sandbox.story.company import Company

PROPERTIES: dict[str, dict[str, dict[str, object]]] = json.loads(
    Path(__file__).with_name("eaccounting_properties.json").read_text(encoding="utf-8")
)
PARTS = {
    "Rows": {
        "customerinvoices": "CustomerInvoiceRowApi",
        "supplierinvoices": "SupplierInvoiceRowApi",
        "vouchers": "VoucherRowApi",
    },
    "TermsOfPayment": {"customers": "TermsOfPaymentApi"},
    "Items": {"costcenters": "CostCenterItemApi"},
}
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
}
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?")


def world(seed: int = 1, companies: int = 5, **sizes: int) -> World:
    return World(
        Settings(seed=seed, companies=companies, sizes=Sizes(**sizes)), lambda: 1_800_000_000_000_000
    )


def bodies(held: World, name: str, number: int = 0) -> list[dict[str, object]]:
    collection = held.collection(held.company_ids[number], name)
    return [orjson.loads(raw) for raw in collection.read(collection.indexes)]


def complaints(model: str, body: Mapping[str, object]) -> list[str]:
    """Everything about `body` that the published model does not allow."""
    wanted = PROPERTIES[model]
    found = [f"names: {set(body) ^ set(wanted)}"] if list(body) != list(wanted) else []
    for name, value in body.items():
        rule = wanted[name]
        if value is None:
            found += [] if rule["nullable"] else [f"{name} is null"]
            continue
        kind = str(rule["type"])
        allowed = (list,) if kind.startswith("array") else PYTHON_TYPES[kind]
        if not isinstance(value, allowed) or (isinstance(value, bool) and kind != "boolean"):
            found.append(f"{name} is {value!r}")
        if isinstance(value, str):
            longest = rule.get("maxLength")
            found += [f"{name} is too long"] if isinstance(longest, int) and len(value) > longest else []
            pattern = {"uuid": GUID, "date-time": DATE_TIME}.get(str(rule["format"]))
            found += [f"{name} is {value}"] if pattern and not pattern.fullmatch(value) else []
    return found


def nested(value: object) -> list[dict[str, object]]:
    """The objects inside a property: those of a list, or the one that stands alone."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)]


@pytest.mark.parametrize("name", KINDS)
def test_objects_have_exactly_the_published_properties(name: str) -> None:
    for body in bodies(world(), name):
        assert complaints(KINDS[name].model, body) == []
        for part, models in PARTS.items():
            for each in nested(body.get(part)) if name in models else []:
                assert complaints(models[name], each) == []


@pytest.mark.parametrize("name", KINDS)
def test_same_seed_and_sizes_give_the_same_bytes(name: str) -> None:
    first, second = world(seed=7), world(seed=7)
    for company_id in first.company_ids:
        one, other = first.collection(company_id, name), second.collection(company_id, name)
        assert one.joined(one.indexes) == other.joined(other.indexes)


def test_another_seed_gives_other_objects() -> None:
    assert {body["Id"] for body in bodies(world(seed=1), "customers")}.isdisjoint(
        body["Id"] for body in bodies(world(seed=2), "customers")
    )


def test_more_objects_leave_the_first_ones_as_they_were() -> None:
    few, many = bodies(world(customers=10), "customers"), bodies(world(customers=600), "customers")
    assert many[:10] == few


def test_the_first_five_companies_hold_the_cases_an_importer_must_know() -> None:
    held = world()
    companies = [held.describe(company_id) for company_id in held.company_ids]
    numbers = [company["corporate_identity_number"] for company in companies]
    assert sum(number is None for number in numbers) == 1
    assert any(number and number.startswith("0") for number in numbers)
    assert all(number is None or re.fullmatch(r"\d{8}", number) for number in numbers)
    assert any("Test" in str(company["name"]) for company in companies)


def test_a_thousand_companies_are_all_different() -> None:
    held = world(companies=1000)
    described = [held.describe(company_id) for company_id in held.company_ids]
    assert len({each["id"] for each in described}) == 1000
    numbers = [each["corporate_identity_number"] for each in described if each["corporate_identity_number"]]
    assert len(set(numbers)) == len(numbers)


def test_ibans_have_correct_check_digits() -> None:
    for body in bodies(world(), "suppliers"):
        iban = str(body["BankIban"])
        assert int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1


def test_vouchers_balance() -> None:
    for body in bodies(world(), "vouchers"):
        rows = body["Rows"]
        assert isinstance(rows, list)
        assert round(sum(row["DebitAmount"] - row["CreditAmount"] for row in rows), 2) == 0


def test_invoices_refer_to_parties_and_vouchers_that_exist() -> None:
    held = world()
    ids = {name: {str(body["Id"]) for body in bodies(held, name)} for name in ("customers", "suppliers")}
    vouchers = {body["Id"]: body for body in bodies(held, "vouchers")}
    booked = 0
    for name, party, key in (
        ("customerinvoices", "customers", "CustomerId"),
        ("supplierinvoices", "suppliers", "SupplierId"),
    ):
        for invoice in bodies(held, name):
            assert invoice[key] in ids[party]
            voucher = vouchers.get(invoice["VoucherId"])
            if voucher is not None:
                rows = voucher["Rows"]
                assert isinstance(rows, list)
                assert voucher["SourceId"] == invoice["Id"]
                assert round(sum(row["DebitAmount"] for row in rows), 2) == invoice["TotalAmount"]
                booked += 1
    assert booked > 100


def test_accounts_are_unique_per_fiscal_year() -> None:
    held = world()
    years = [body["Id"] for body in bodies(held, "fiscalyears")]
    accounts = [(body["FiscalYearId"], body["Number"]) for body in bodies(held, "accounts")]
    assert len(set(accounts)) == len(accounts) == 160
    assert {year for year, _ in accounts} == set(years)


def test_change_times_are_known_without_making_the_objects() -> None:
    company = Company.of(3, 0, Sizes())
    body = KINDS["customers"].make(company, 17)
    collection = World(Settings(seed=3), lambda: 0).collection(company.id, "customers")
    assert str(body["ChangedUtc"]).startswith("2025-") or str(body["ChangedUtc"]).startswith("2026-")
    assert collection.changed_at[17] == company.changed_at("customers", 17)
