"""What people type and spreadsheets paste, as services take it."""

import pytest

from koppel_console.pages.typed import comparable, digits, section

_UNSEEN = "\u200e\u200f\u202b\u202c\ufeff\u200b\x00\x07"


@pytest.mark.parametrize("between", [" ", ".", "-", "/", "'", "\u00a0", "\u202f", "\u2009", "\t", *_UNSEEN])
def test_a_number_is_read_whatever_stands_between_its_digits(between: str) -> None:
    assert digits(between.join(["", "75", "904", "695", ""])) == "75904695"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2093731", "02093731"),
        ("x1", "x1"),
        ("", ""),
        ("-", ""),
        ("75904695 bv", "75904695bv"),
        ("٧٥٩", "٧٥٩"),
    ],
)
def test_what_is_no_number_stays_what_it_was(typed: str, number: str) -> None:
    assert digits(typed) == number


def test_a_number_without_end_is_no_number_of_eight_digits() -> None:
    assert len(digits("12345678" * 1_000)) > 8


@pytest.mark.parametrize(
    ("typed", "code"),
    [("c", "C"), ("C Industrie", "C"), ("C. Industrie", "C"), (" f ", "F"), ("", ""), (" ", "")],
)
def test_a_section_is_its_letter(typed: str, code: str) -> None:
    assert section(typed) == code


@pytest.mark.parametrize("typed", ["Bouwnijverheid", "Industrie", "CC", "ß"])
def test_a_name_is_not_taken_for_the_letter_that_it_begins_with(typed: str) -> None:
    assert section(typed) in {typed, typed.upper()}
    assert section(typed) not in {"B", "I", "C"}


@pytest.mark.parametrize(
    "name", ["Bakkerij De Vries", "\u202bBAKKERIJ\u00a0de  vries\u202c", "Bakkerij De Vries\ufeff"]
)
def test_names_are_the_same_in_any_case_and_with_any_space(name: str) -> None:
    assert comparable(name) == "bakkerij de vries"
