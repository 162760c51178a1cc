"""Columns that people paste: no number comes to another company, and no line is lost without a word."""

from typing import Any

import pytest

from koppel_console.pages.pasted_column import pasted
from koppel_console.pages.profile_rows import Row, rows_of


def _rows(*names: str, **more: Any) -> list[Row]:
    return rows_of([{"id": f"c{place}", "name": name, **more} for place, name in enumerate(names)])


_THREE = ("Bakkerij", "Jansen, De Vries en Zn.", "Slagerij")


def _numbers(rows: list[Row], text: str) -> list[str]:
    return [row.kvk_number for row in pasted(rows, text).rows]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2028"])
def test_a_column_goes_down_the_rows_and_an_empty_line_leaves_its_row(end: str) -> None:
    rows = _rows(*_THREE, kvk_number="11111111")
    assert _numbers(rows, end.join(["12345678", "", "87654321", ""])) == ["12345678", "11111111", "87654321"]


def test_empty_lines_at_the_beginning_leave_their_rows_too() -> None:
    assert _numbers(_rows(*_THREE), "\r\n\r\n87654321") == ["", "", "87654321"]


@pytest.mark.parametrize("heading", ["KvK-nummer", "KVK", "Nummer (8 cijfers)", "\ufeffkvk_number"])
def test_a_heading_is_no_line_of_a_row(heading: str) -> None:
    assert _numbers(_rows(*_THREE), f"{heading}\n12345678") == ["12345678", "", ""]
    assert _numbers(_rows(*_THREE), f"Naam\t{heading}\nSlagerij\t12345678") == ["", "", "12345678"]


@pytest.mark.parametrize("first", ["n.v.t.", "KvK 12345678", "-"])
def test_what_is_no_heading_keeps_its_row(first: str) -> None:
    assert _numbers(_rows(*_THREE), f"{first}\n87654321")[1] == "87654321"


@pytest.mark.parametrize("separator", ["\t", ";", ",", "\t\t", "\tUtrecht\t", '";"'])
def test_two_columns_go_by_name_in_any_order(separator: str) -> None:
    text = f"SLAGERIJ{separator}33333333\nJansen,  de Vries en Zn.{separator}22222222"
    assert pasted(_rows(*_THREE), text).left == []
    assert _numbers(_rows(*_THREE), text) == ["", "22222222", "33333333"]


@pytest.mark.parametrize(
    "line", ["12345678\t", "\t12345678", "12345678;", '"12345678"', "'12345678", ",12345678,"]
)
def test_a_column_with_odd_edges_is_a_column(line: str) -> None:
    assert _numbers(_rows(*_THREE), f"{line}\n{line}") == ["12345678", "12345678", ""]


def test_companies_of_one_name_take_its_lines_in_turn() -> None:
    twins = _rows("Holding", "Holding", "Holding")
    assert _numbers(twins, "Holding\t11111111\nHolding\t22222222") == ["11111111", "22222222", ""]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("1\n2\n3\n87654321\n\n12345678", ["87654321", "12345678"]),
        ("Niemand\t12345678\nSlagerij\t87654321\n11111111", ["Niemand\t12345678", "11111111"]),
        ("Slagerij\t87654321\nSlagerij\t12345678\nBakkerij\t\n Niemand ", ["Slagerij\t12345678"]),
        ("", []),
        ("\r\n \r\n", []),
    ],
)
def test_lines_for_which_there_is_no_row_are_told(text: str, left: list[str]) -> None:
    assert pasted(_rows(*_THREE), text).left == left


def test_the_last_of_ten_thousand_lines_is_found_by_its_name() -> None:
    lines = [f"Bedrijf {n}\t{n:08}" for n in range(10_000)]
    found = pasted(_rows("Bedrijf 9999", "x" * 300), "\n".join([*lines, f"{'x' * 300}\t12345678"]))
    assert [row.kvk_number for row in found.rows] == ["00009999", "12345678"]
    assert len(found.left) == 9_999


@pytest.mark.parametrize("text", ["\t" * 100_000, ",a" * 50_000, "\n" * 100_000, "\u202e" * 100_000])
def test_whatever_is_pasted_is_gone_through_once(text: str) -> None:
    assert len(pasted(_rows(*_THREE), text).rows) == 3


def test_a_pasted_number_takes_the_reason_away() -> None:
    [row] = _rows("Bakkerij", profile={"no_kvk_reason": "no_company"}, sector={"code": "N"})
    assert (row.reason, pasted([row], "12345678").rows[0].reason) == ("no_company", "")
