"""The sections of the SBI."""

import string

import pytest

from import_svc.domain.sectors import is_known, sections
from koppel.contracts.values import Sector
from koppel.kernel.errors import InvalidInput


def test_version_2025_has_the_sections_a_to_v() -> None:
    assert "".join(sections("2025")) == string.ascii_uppercase[:22]
    assert all(name == name.strip() != "" for name in sections("2025").values())


def test_sections_have_the_names_of_the_standard() -> None:
    names = sections("2025")
    assert (names["C"], names["F"], names["Q"]) == ("Industrie", "Bouwnijverheid", "Onderwijs")


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        sections("1993")
    assert refused.value.code == "sbi_version_unknown"
    assert refused.value.errors[0].pointer == "query/sbi_version"


@pytest.mark.parametrize(("version", "code"), [("2025", "W"), ("2025", "a"), ("2025", ""), ("2008", "A")])
def test_a_letter_means_nothing_outside_its_version(version: str, code: str) -> None:
    assert not is_known(Sector(sbi_version=version, code=code))
