"""Rows of the profile form: pasted columns, what changed, what was refused."""

from typing import Any

import pytest

from koppel_console.pages.form import Form
from koppel_console.pages.profile_rows import changed, pasted, refusals, rows_of


def _candidate(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"c{number}", "name": f"Bedrijf {number}", **more}


def test_a_column_goes_down_the_rows_and_an_empty_line_leaves_its_row() -> None:
    rows = rows_of([_candidate(1), _candidate(2, kvk_number="11111111"), _candidate(3)])
    assert [row.kvk_number for row in pasted(rows, "12345678\n\n87654321\n")] == [
        "12345678",
        "11111111",
        "87654321",
    ]


def test_two_columns_go_by_name_in_any_order() -> None:
    rows = rows_of([_candidate(1), _candidate(2)])
    text = "BEDRIJF 2\t22222222\nNiemand\t33333333\nBedrijf 1\t11111111"
    assert [row.kvk_number for row in pasted(rows, text)] == ["11111111", "22222222"]


def test_more_lines_than_rows_are_left_out() -> None:
    assert len(pasted(rows_of([_candidate(1)]), "\n".join(["12345678"] * 5000))) == 1


@pytest.mark.parametrize(
    ("typed", "number"),
    [("75 904.695", "75904695"), ("2093731", "02093731"), ("\u00a075904695", "75904695"), ("x1", "x1")],
)
def test_numbers_are_taken_as_people_write_them(typed: str, number: str) -> None:
    form = Form({"kvk.c1": [typed]})
    assert rows_of([_candidate(1)], form)[0].kvk_number == number


def test_a_row_that_says_what_is_known_did_not_change() -> None:
    known = _candidate(1, kvk_number="75904695", sector={"code": "C"})
    same = Form({"kvk.c1": ["75904695"], "reason.c1": [""], "sector.c1": ["C Industrie"]})
    other = Form({"kvk.c1": ["75904695"], "reason.c1": [""], "sector.c1": ["f"]})
    assert not changed(rows_of([known], same)[0])
    assert rows_of([known], other)[0].stored("2025")["sector"] == {"sbi_version": "2025", "code": "F"}


def test_a_pasted_number_takes_the_reason_away() -> None:
    row = rows_of([_candidate(1, profile={"no_kvk_reason": "no_company"}, sector={"code": "N"})])[0]
    assert (row.reason, pasted([row], "12345678")[0].reason) == ("no_company", "")


@pytest.mark.parametrize("errors", [None, [{}], [{"pointer": "/items/9/x"}], [{"pointer": "/items/x"}]])
def test_refusals_that_name_no_row_are_nobodys(errors: Any) -> None:
    assert refusals(rows_of([_candidate(1)]), errors) == {}
