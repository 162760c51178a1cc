"""Who is registered: the published test numbers, and every company of the other providers that has a number."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from koppel_sandbox.provider import Provider
from koppel_sandbox.story.company import Company, company_name, kvk_number
from koppel_sandbox.story.draw import digest

_FORMS = {1: "BeslotenVennootschap", 2: "Eenmanszaak", 5: "VennootschapOnderFirma", 9: "NaamlozeVennootschap"}
_ACTIVITIES = {
    "Bakkerij": "10710", "Bouwbedrijf": "41000", "Installatietechniek": "43220", "Drukkerij": "18120",
    "Kwekerij": "01300", "Transport": "49410", "Autobedrijf": "47810", "Schilderwerken": "43340",
    "Advies": "70200", "Architecten": "71110", "Tandartspraktijk": "86230", "Groothandel": "46900",
    "Slagerij": "47220", "Elektrotechniek": "43210", "Interieurbouw": "31000", "Catering": "56210",
    "Hoveniers": "81300", "Metaalbewerking": "25530", "Software": "62100", "Reclamebureau": "73110",
    "Fysiotherapie": "86950", "Makelaardij": "68310", "Timmerwerken": "43320", "Rijwielhandel": "47640",
    "Zuivelhandel": "47290", "Timmerfabriek": "16230", "Jachtbouw": "30120", "Bloemisterij": "47760",
    "Administratie": "69200", "Verhuur": "77390",
}  # fmt: skip
_OF_2008 = "7022"
"""Four digits are of SBI 2008, whose code alone tells no section of 2025."""


@dataclass(frozen=True, slots=True)
class Registration:
    """One number. `activity` is the code of the main activity; `branches` come besides the main one."""

    kvk_number: str
    name: str
    form: str
    activity: str
    ended: bool = False
    branches: int = 0

    def branch_number(self, place: int) -> str:
        return f"{digest(f'{self.kvk_number}/branch/{place}', 6) % 10**10:012}"


TEST_NUMBERS = (
    Registration("69599084", "Test EMZ Dagobert", "Eenmanszaak", "01131"),
    Registration("68750110", "Test BV Donald", "BeslotenVennootschap", "01131", branches=1),
    Registration("90001354", "Test BV Afgeschermd Adres", "BeslotenVennootschap", "62100"),
    Registration("90006577", "Test BV Duizend Vestigingen", "BeslotenVennootschap", "47110", branches=1000),
    Registration("68727720", "Test NV Katrien", "NaamlozeVennootschap", "86101"),
    Registration("90004760", "Test NV Verzekeringen", "NaamlozeVennootschap", "65120"),
    Registration("69599068", "Test Stichting Bolderbast", "Stichting", "01131"),
    Registration("90000102", "Test Stichting Museum", "Stichting", "91021"),
    Registration("90006623", "Test Stichting Geodata", "Stichting", "94991"),
    Registration("69599076", "Test VOF Guus", "VennootschapOnderFirma", "01131"),
    Registration("90005414", "Test VOF Timmerwerken", "VennootschapOnderFirma", "43320"),
    Registration("96354429", "Test Coöperatie Opgeheven", "Cooperatie", "64210", ended=True),
    Registration("55344526", "Test Coöperatie Landbouw", "Cooperatie", "46210"),
    Registration("90001745", "Test Maatschap Tandartsen", "Maatschap", "86230"),
    Registration("90003942", "Test CV Scheepvaart", "CommanditaireVennootschap", "50200"),
    Registration("90000749", "Test VvE De Linde", "VerenigingVanEigenaars", "94997"),
    Registration("90002520", "Test Kerkgenootschap", "Kerkgenootschap", "94910"),
    Registration("90002490", "Test Onderlinge Waarborg", "OnderlingeWaarborgMaatschappij", "65120"),
    Registration("55505201", "Test Rechtspersoon Overig", "OverigePrivaatrechtelijkeRechtspersoon", "84110"),
)


class Register:
    """Reads its neighbours anew when one of them was reset. Who is a gap in one provider is one in all."""

    def __init__(self, neighbours: Mapping[str, Provider], own: str) -> None:
        self._neighbours = neighbours
        self._own = own
        self._read_at: object = None
        self._by_number: dict[str, Registration] = {}
        self.gaps = 0
        """So many more of the providers' companies are unknown."""

    def all(self) -> Mapping[str, Registration]:
        """By number."""
        others = [provider for name, provider in self._neighbours.items() if name != self._own]
        now = (self.gaps, [provider.settings() for provider in others])
        if now != self._read_at:
            self._by_number = {each.kvk_number: each for each in (*self._told_by(others), *TEST_NUMBERS)}
            self._read_at = now
        return self._by_number

    def _told_by(self, providers: list[Provider]) -> Iterator[Registration]:
        known = {number: company for each in providers for number, company in _numbered(each.registered())}
        for provider in providers:
            for number in _gaps_of(provider):
                known.pop(number, None)
        for number in list(known)[: max(len(known) - self.gaps, 0)]:
            yield _registration(number, known[number])


def _numbered(companies: Iterable[Company]) -> Iterator[tuple[str, Company]]:
    for company in companies:
        if (number := kvk_number(company)) is not None:
            yield number, company


def _gaps_of(provider: Provider) -> set[str]:
    if not provider.settings().get("registry_gaps"):
        return set()
    registered = {number for number, _ in _numbered(provider.registered())}
    companies = provider.population()["companies"]
    assert isinstance(companies, list)  # noqa: S101  (the shape of a reset's answer)
    numbers = {each.get("corporate_identity_number") for each in companies} - {None}
    return numbers - registered


def _registration(number: str, company: Company) -> Registration:
    name, kind = company_name(company)
    trade = next((trade for trade in _ACTIVITIES if trade in name.split()), None)
    if "Holding" in name.split():
        return Registration(number, name, _FORMS[kind], "64210")
    return Registration(number, name, _FORMS[kind], _ACTIVITIES[trade] if trade else _OF_2008)
