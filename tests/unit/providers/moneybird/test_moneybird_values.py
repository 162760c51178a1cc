"""Moneybird's values in canonical form: decimal text and numbers, percentages, names, sums over rows."""

import pytest
from pydantic import JsonValue

from koppel.providers.conversion import Unmappable
from koppel.providers.derived import first_of, fraction, inside, negated
from koppel.providers.mapping import Fields, Item, compile_fields
from koppel.providers.moneybird.values import (
    amount,
    choice,
    difference,
    is_negative,
    name_of,
    open_amount,
    total_of,
)


def mapped(fields: Fields, item: Item) -> JsonValue:
    (value,) = compile_fields(fields)(item).values()
    return value


@pytest.mark.parametrize(
    ("sent", "canonical"),
    [
        ("363.0", "363"), ("12.50", "12.5"), ("-121.00", "-121"), ("0.0", "0"), ("-0.0", "0"), ("1000", "1000"),
        (12.5, "12.5"), (363.0, "363"), (7, "7"), (0.1, "0.1"), ("123456789012345678.99", "123456789012345678.99"),
    ],
)  # fmt: skip
def test_amount_is_decimal_text_however_it_came(sent: JsonValue, canonical: str) -> None:
    assert mapped({"a": amount("x")}, {"x": sent}) == canonical


@pytest.mark.parametrize(
    "sent",
    ["-", ".", "1-2", "1.2.3", "1e5", "NaN", "Infinity", "1_000", " 1", "1,50", "٣", "9" * 41, "canary", True, [], {}],
)  # fmt: skip
def test_what_is_no_amount_names_the_property_only(sent: JsonValue) -> None:
    with pytest.raises(Unmappable, match=r"^x is not a number$"):
        mapped({"a": amount("x")}, {"x": sent})


@pytest.mark.parametrize(
    ("sent", "rate"), [("21.0", "0.21"), (9.0, "0.09"), ("0.0", "0"), ("100.0", "1"), (8.5, "0.085")]
)
def test_percentage_becomes_a_fraction(sent: JsonValue, rate: str) -> None:
    assert mapped({"a": fraction("x")}, {"x": sent}) == rate


def test_word_without_a_name_stays_visible() -> None:
    states = {"a": choice("state", {"paid": "paid", "late": "overdue"})}
    assert [mapped(states, {"state": state}) for state in ("paid", "late", "draft", None)] == [
        "paid", "overdue", "draft", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"company_name": "Bakkerij", "firstname": "Jan", "lastname": "Bos"}, "Bakkerij"),
        ({"company_name": "", "firstname": "Jan", "lastname": "Bos"}, "Jan Bos"),
        ({"company_name": None, "firstname": None, "lastname": "Bos"}, "Bos"),
        ({"company_name": "  "}, None),
    ],
)
def test_name_is_the_company_s_else_the_person_s(item: Item, name: str | None) -> None:
    assert name_of(item) == name


def test_first_filled_property_counts() -> None:
    assert (
        mapped({"a": first_of("sepa_iban", "bank_account")}, {"sepa_iban": "", "bank_account": "NL1"})
        == "NL1"
    )
    assert mapped({"a": first_of("sepa_iban")}, {}) is None


@pytest.mark.parametrize("inner", [None, "canary", {}, {"code": None}, {"code": ""}])
def test_text_of_an_absent_object_is_null(inner: JsonValue) -> None:
    assert mapped({"a": inside("item", "code")}, {"item": inner}) is None


def test_text_inside_an_object_is_read() -> None:
    assert mapped({"a": inside("item", "code")}, {"item": {"code": "BLim"}}) == "BLim"


def test_flag_is_turned_round() -> None:
    assert mapped({"a": negated("archived")}, {"archived": False}) is True


def test_rows_are_added_exactly() -> None:
    rows: JsonValue = [{"vat": "0.1"}, {"vat": 0.2}, {"vat": None}, {}]
    assert mapped({"a": total_of("rows", "vat")}, {"rows": rows}) == "0.3"
    assert mapped({"a": total_of("rows", "vat")}, {"rows": []}) == "0"
    assert mapped({"a": total_of("rows", "vat")}, {}) is None


@pytest.mark.parametrize("rows", ["canary", {"vat": 1}, [{"vat": "canary"}]])
def test_rows_that_cannot_be_added_are_named(rows: JsonValue) -> None:
    with pytest.raises(Unmappable, match=r"^rows(\.vat)? is not a (list|number)$"):
        mapped({"a": total_of("rows", "vat")}, {"rows": rows})


def test_difference_needs_both_amounts() -> None:
    fields: Fields = {"a": difference("incl", "excl")}
    assert mapped(fields, {"incl": "121.0", "excl": "100.0"}) == "21"
    assert mapped(fields, {"incl": "121.0", "excl": None}) is None


def test_open_amount_is_what_payments_leave() -> None:
    fields: Fields = {"a": open_amount("total", "payments", "price")}
    assert mapped(fields, {"total": "121.0", "payments": [{"price": "100.5"}, {"price": 20.5}]}) == "0"
    assert mapped(fields, {"total": "121.0", "payments": []}) == "121"
    assert mapped(fields, {"total": "121.0"}) is None


@pytest.mark.parametrize(("sent", "below"), [("-0.01", True), ("0.0", False), ("5", False), (None, False)])
def test_amount_below_zero_is_a_credit(sent: JsonValue, *, below: bool) -> None:
    assert is_negative({"x": sent}, "x") is below
