"""Rows of the profile form: what changed, what was refused."""

from typing import Any

import pytest

from koppel_console.pages.form import Form
from koppel_console.pages.profile_rows import changed, refusals, rows_of


def _candidate(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"c{number}", "name": f"Bedrijf {number}", **more}


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


@pytest.mark.parametrize("errors", [None, [{}], [{"pointer": "/items/9/x"}], [{"pointer": "/items/x"}]])
def test_refusals_that_name_no_row_are_nobodys(errors: Any) -> None:
    assert refusals(rows_of([_candidate(1)]), errors) == {}
