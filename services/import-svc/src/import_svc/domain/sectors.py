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
        "S": "Kunst, cultuur, sport en recreatie",
        "T": "Overige dienstverlening",
        "U": "Activiteiten van huishoudens als werkgever en niet-gedifferentieerde productie voor eigen gebruik",
        "V": "Activiteiten van extraterritoriale organisaties en instanties",
    }
)

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
