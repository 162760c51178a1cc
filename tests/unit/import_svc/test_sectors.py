"""The sections of the SBI."""

import string

import pytest

from import_svc.domain.sectors import is_known, sections, sector_of_activity
from koppel.contracts.values import Sector
from koppel.kernel.errors import InvalidInput


def test_version_2025_has_the_sections_a_to_v() -> None:
    assert "".join(sections("2025")) == string.ascii_uppercase[:22]
    assert all(name == name.strip() != "" for name in sections("2025").values())


def test_sections_have_the_names_of_the_standard() -> None:
    names = sections("2025")
    assert (names["C"], names["F"], names["Q"]) == ("Industrie", "Bouwnijverheid", "Onderwijs")
    assert names["S"] == "Kunst, cultuur, sport en recreatie activiteiten"
    assert names["U"] == (
        "Activiteiten van huishoudens als werkgever en niet-gedifferentieerde productie van goederen en diensten"
        " door huishoudens voor eigen gebruik"
    )


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        sections("1993")
    assert refused.value.code == "sbi_version_unknown"
    assert refused.value.errors[0].pointer == "query/sbi_version"


@pytest.mark.parametrize(("version", "code"), [("2025", "W"), ("2025", "a"), ("2025", ""), ("2008", "A")])
def test_a_letter_means_nothing_outside_its_version(version: str, code: str) -> None:
    assert not is_known(Sector(sbi_version=version, code=code))


@pytest.mark.parametrize(
    ("code", "section"),
    [
        ("01131", "A"), ("10710", "C"), ("35110", "D"), ("47111", "G"), ("60100", "J"), ("62100", "K"), ("69203", "N"), ("68110", "M"), ("84110", "P"), ("85201", "Q"),
        ("86101", "R"), ("93110", "S"), ("95310", "T"), ("99000", "V"),
    ],
)  # fmt: skip
def test_a_code_of_2025_lies_in_the_section_of_its_first_two_digits(code: str, section: str) -> None:
    assert sector_of_activity(code) == Sector(sbi_version="2025", code=section)


@pytest.mark.parametrize(
    "code",
    [
        "6201",
        "620100",
        "45112",
        "04000",
        "00000",
        "",
        "A",
        "6201 ",
        "62.01",
        "٦٢٠١٠",
        "62٠١٠",
        "²1000",
        "-6201",
    ],
)
def test_a_code_without_a_sure_section_gives_none(code: str) -> None:
    assert sector_of_activity(code) is None
