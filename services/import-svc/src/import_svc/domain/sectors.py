"""Sections of the Dutch standard classification SBI, by version.

The same letter means different things in different versions, so a sector is always (version, code). Names and
letters: CBS, SBI 2025 (in use at KvK since September 2025).
"""

from collections.abc import Mapping
from types import MappingProxyType

from koppel.contracts.values import Sector
from koppel.kernel.errors import FieldError, InvalidInput

SBI_2025: Mapping[str, str] = MappingProxyType(
    {
        "A": "Landbouw, bosbouw en visserij",
        "B": "Winning van delfstoffen",
        "C": "Industrie",
        "D": "Productie en distributie van en handel in elektriciteit, gas, stoom en gekoelde lucht",
        "E": "Winning en distributie van water; afval- en afvalwaterbeheer en sanering",
        "F": "Bouwnijverheid",
        "G": "Groot- en detailhandel",
        "H": "Vervoer en opslag",
        "I": "Logies-, maaltijd- en drankverstrekking",
        "J": "Activiteiten van uitgeverijen, omroepactiviteiten, en activiteiten op het gebied van "
        "productie en distributie van inhoud",
        "K": "Telecommunicatie, computerprogrammering en consultancy, informatica-infrastructuur en "
        "overige activiteiten op het gebied van informatiediensten",
        "L": "Activiteiten op het gebied van financiële dienstverlening en verzekeringen",
        "M": "Exploitatie van en handel in onroerend goed",
        "N": "Wetenschappelijke en technische activiteiten en specialistische zakelijke dienstverlening",
        "O": "Verhuur van roerende goederen en overige zakelijke dienstverlening",
        "P": "Openbaar bestuur, overheidsdiensten en verplichte sociale verzekeringen",
        "Q": "Onderwijs",
        "R": "Gezondheids- en welzijnszorg",
        "S": "Kunst, cultuur, sport en recreatie activiteiten",
        "T": "Overige dienstverlening",
        "U": "Activiteiten van huishoudens als werkgever en niet-gedifferentieerde productie van goederen en "
        "diensten door huishoudens voor eigen gebruik",
        "V": "Activiteiten van extraterritoriale organisaties en instanties",
    }
)

_DIVISIONS_2025 = {
    "A": "01 02 03", "B": "05 06 07 08 09",
    "C": "10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33",
    "D": "35", "E": "36 37 38 39", "F": "41 42 43", "G": "46 47", "H": "49 50 51 52 53", "I": "55 56",
    "J": "58 59 60", "K": "61 62 63", "L": "64 65 66", "M": "68", "N": "69 70 71 72 73 74 75",
    "O": "77 78 79 80 81 82", "P": "84", "Q": "85", "R": "86 87 88", "S": "90 91 92 93", "T": "94 95 96",
    "U": "97 98", "V": "99",
}  # fmt: skip
_SECTION_OF_DIVISION = {
    division: section for section, divisions in _DIVISIONS_2025.items() for division in divisions.split()
}
_DIGITS_2025 = 5
"""A code of SBI 2025 has five digits; one of four is of SBI 2008, of which no code alone tells the new section."""

_VERSIONS: Mapping[str, Mapping[str, str]] = MappingProxyType({"2025": SBI_2025})
CURRENT_VERSION = "2025"


def sections(sbi_version: str) -> Mapping[str, str]:
    """Dutch names by section letter. Raises `InvalidInput` (`sbi_version_unknown`)."""
    found = _VERSIONS.get(sbi_version)
    if found is None:
        known = ", ".join(_VERSIONS)
        raise InvalidInput(
            "sbi_version_unknown",
            f"There is no such version of the SBI here; known: {known}.",
            [FieldError("query/sbi_version", f"known versions: {known}")],
        )
    return found


def is_known(sector: Sector) -> bool:
    """Whether the version is known and has the section."""
    return sector.code in _VERSIONS.get(sector.sbi_version, {})


def sector_of_activity(code: str) -> Sector | None:
    """The section that an activity's code of SBI 2025 lies in; None where it is not sure."""
    if len(code) != _DIGITS_2025 or not code.isascii() or not code.isdigit():
        return None
    section = _SECTION_OF_DIVISION.get(code[:2])
    return None if section is None else Sector(sbi_version=CURRENT_VERSION, code=section)
