"""Exact's dates, codes and amounts in canonical form."""

from collections.abc import Callable
from datetime import date

import pytest
from pydantic import JsonValue

from koppel.providers.conversion import Unmappable
from koppel.providers.derived import first_of
from koppel.providers.exact_online import values
from koppel.providers.mapping import Derived, Field, Fields, compile_fields


def mapped(field: Field | Derived, value: JsonValue) -> JsonValue:
    fields: Fields = {"out": field}
    return compile_fields(fields)({"In": value})["out"]


@pytest.mark.parametrize(
    ("sent", "day"),
    [
        ("/Date(1351209600000)/", "2012-10-26"),
        ("/Date(1351209600000+0200)/", "2012-10-26"),
        ("/Date(0)/", "1970-01-01"),
        ("/Date(-1)/", "1969-12-31"),
        ("/Date(-62135596800000)/", "0001-01-01"),
    ],
)
def test_date_is_the_day_in_utc(sent: str, day: str) -> None:
    assert mapped(values.odata_date("In"), sent) == day


def test_instant_keeps_its_milliseconds() -> None:
    assert mapped(values.odata_instant("In"), "/Date(1351209600123)/") == "2012-10-26T00:00:00.123Z"
    assert mapped(values.odata_instant("In"), "/Date(-1)/") == "1969-12-31T23:59:59.999Z"


@pytest.mark.parametrize(
    "sent",
    [
        "/Date()/", "/Date(-)/", "/Date(x)/", "/Date(1", "Date(1)", "/Date(\u0661)/", "/Date(1.5)/", "/Date(--1)/",
        "/Date(-62135596800001)/", "/Date(99999999999999999999)/", "/Date(" + "9" * 5000 + ")/", "2012-10-26", 7, True, [],
    ],
)  # fmt: skip
@pytest.mark.parametrize("field", [values.odata_date, values.odata_instant])
def test_what_is_no_date_is_said_with_its_property_and_without_its_value(
    field: Callable[[str], Field], sent: JsonValue
) -> None:
    with pytest.raises(Unmappable) as problem:
        mapped(field("In"), sent)
    assert str(problem.value) == "In is not a date"


@pytest.mark.parametrize(
    ("sent", "code"), [("        1300", "1300"), ("NL ", "NL"), ("   ", None), (12, "12")]
)
def test_padding_of_a_code_is_cut(sent: JsonValue, code: str | None) -> None:
    assert mapped(values.trimmed("In"), sent) == code


@pytest.mark.parametrize(
    ("amount", "debit", "credit"),
    [
        (12.5, "12.5", None),
        (-12.5, None, "12.5"),
        (0, "0", None),
        (-0.0, "0", None),
        (2**53 + 1, str(2**53 + 1), None),
    ],
)
def test_amount_is_debit_or_credit_by_its_sign(
    amount: JsonValue, debit: str | None, credit: str | None
) -> None:
    assert (mapped(values.debit("In"), amount), mapped(values.credit("In"), amount)) == (debit, credit)


@pytest.mark.parametrize(
    ("end", "over"),
    [(None, False), ("/Date(1795910400000)/", False), ("/Date(1795824000000)/", True)],
    ids=["no end", "ends today", "ended yesterday"],
)
def test_what_has_an_end_is_over_on_the_day_after(end: JsonValue, over: bool) -> None:
    field = values.unless_over("In", ended=True, ongoing=False, day=lambda: date(2026, 11, 29))
    assert mapped(field, end) is over


def test_first_of_passes_over_what_says_nothing() -> None:
    table: Fields = {"out": first_of("A", "B"), "codes": values.codes("A", "B")}
    assert compile_fields(table)({"A": "  ", "B": "30"}) == {"out": "30", "codes": ["30"]}
    assert compile_fields(table)({}) == {"out": None, "codes": []}
    with pytest.raises(Unmappable, match="B is not text"):
        compile_fields(table)({"B": [1]})


def test_outermost_is_taken_over_all_lines_and_names_what_it_cannot_read() -> None:
    table: Fields = {"out": values.outermost("Lines", "M", max)}
    lines: list[JsonValue] = [{"M": "/Date(1000)/"}, {"M": None}, {"M": "/Date(5000)/"}, {}]
    assert compile_fields(table)({"Lines": lines}) == {"out": "1970-01-01T00:00:05Z"}
    assert compile_fields(table)({}) == {"out": None}
    with pytest.raises(Unmappable, match="M is not a date"):
        compile_fields(table)({"Lines": [{"M": 7}]})
