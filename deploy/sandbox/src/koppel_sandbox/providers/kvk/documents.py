"""What the register writes: hits of a search, a basic profile, and its errors (developers.kvk.nl)."""

from collections.abc import Iterator, Sequence

import orjson

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.providers.kvk.register import Registration

_TEXTS = {
    "IPD0001": "Het product bestaat niet.",
    "IPD0004": "Het KVK-nummer is niet valide.",
    "IPD0005": "Het product kan niet geleverd worden voor dit KVK-nummer.",
    "IPD1003": "De gegevens kunnen nu niet geleverd worden. Probeer het over 5 minuten nog eens.",
    "IPD1998": "Een invoerparameter is niet valide.",
    "IPD1999": "Een of meer parameternamen zijn niet valide.",
    "IPD5200": "Er is niets gevonden dat aan de zoekopdracht voldoet.",
    "IPD9999": "Er is een technische fout opgetreden.",
}


def error(code: str) -> bytes:
    return orjson.dumps({"fout": [{"code": code, "omschrijving": _TEXTS[code]}]})


def hits(of: Registration, *, inactive_too: bool) -> Iterator[JsonObject]:
    """The legal person or main branch first, then the other branches."""
    shown: JsonObject = {"actief": "Nee" if of.ended else "Ja"} if inactive_too else {}
    if of.ended and not inactive_too:
        return
    named = {"kvkNummer": of.kvk_number, "naam": of.name}
    yield {**named, "vestigingsnummer": of.branch_number(0), "type": "hoofdvestiging", **shown}
    for place in range(1, of.branches + 1):
        yield {**named, "vestigingsnummer": of.branch_number(place), "type": "nevenvestiging", **shown}


def search_answer(found: Sequence[JsonObject], page: int, size: int) -> bytes:
    """One page of the first thousand. The caller knows that there is one."""
    listed = found[:1000]
    shown = listed[(page - 1) * size : page * size]
    return orjson.dumps(
        {"pagina": page, "resultatenPerPagina": size, "totaal": len(listed), "resultaten": shown}
    )


def profile(of: Registration) -> bytes:
    registration = {"datumAanvang": "20150101"} | ({"datumEinde": "20250630"} if of.ended else {})
    activities = [
        {"sbiCode": of.activity, "sbiOmschrijving": "Hoofdactiviteit", "indHoofdactiviteit": "Ja"},
        {
            "sbiCode": "82990",
            "sbiOmschrijving": "Overige zakelijke ondersteuning",
            "indHoofdactiviteit": "Nee",
        },
    ]
    branch = {
        "vestigingsnummer": of.branch_number(0),
        "kvkNummer": of.kvk_number,
        "eersteHandelsnaam": of.name,
        "indHoofdvestiging": "Ja",
        "sbiActiviteiten": activities,
    }
    document = {
        "kvkNummer": of.kvk_number,
        "indNonMailing": "Ja",
        "naam": of.name,
        "formeleRegistratiedatum": "20150101",
        "materieleRegistratie": registration,
        "handelsnamen": [{"naam": of.name, "volgorde": 0}],
        "sbiActiviteiten": activities,
        "_embedded": {"hoofdvestiging": branch, "eigenaar": {"rechtsvorm": of.form}},
    }
    return orjson.dumps(document)
