"""Companies as providers and the register tell them at their oddest, from discovery to the administration."""

import pytest

from .organisation import Json, Organisation
from .outside import Outside
from .trade_register import Register, new_number

RETAIL = {"sbi_version": "2025", "code": "G"}
LONG = "Maatschap " + "Van den Heuvel en Zonen " * 12


async def test_a_name_of_three_hundred_characters_is_found_imported_and_told_whole(
    organisation: Organisation, outside: Outside
) -> None:
    name = LONG[:300].ljust(300, "x")
    [administration_id] = await organisation.import_all(
        await organisation.connect(outside.grant(name, kvk_number="01234567"))
    )
    found = await organisation.api("GET", "/v1/administrations?q=van%20den%20heuvel")
    assert [(each["id"], each["name"]) for each in found.json()["items"]] == [(administration_id, name)]
    assert [each["name"] for each in await organisation.events("AdministrationImported")] == [name]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("01234567", "01234567"),
        ("0123 4567", "01234567"),
        ("1234567", None),
        ("012345678", None),
        ("BE0403170701", None),
        ("", None),
    ],
)
async def test_a_number_that_a_provider_gives_is_eight_digits_or_none(
    organisation: Organisation, outside: Outside, told: str, kept: str | None
) -> None:
    _, found = await organisation.discover(await organisation.connect(outside.grant("A", kvk_number=told)))
    assert found["A"]["kvk_number"] == kept


async def test_an_ended_company_may_be_imported_and_its_preflight_says_that_it_ended(
    organisation: Organisation, outside: Outside, register: Register
) -> None:
    number = register.knows("Weg B.V.", ended=True)
    answer = await organisation.api("GET", f"/v1/kvk/{number}")
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    connection_id = await organisation.connect(outside.grant("Weg", kvk_number=number))
    session_id, found = await organisation.discover(connection_id)
    checks = {each["check"]: each["ok"] for each in found["Weg"]["preflight"]}
    assert (found["Weg"]["registry"]["status"], checks["registered"]) == ("ended", False)
    await organisation.select(session_id, list(found.values()))
    await organisation.complete(session_id, {"candidate_id": found["Weg"]["id"], "sector": RETAIL})
    assert (await organisation.confirm(session_id)).status_code == 202


BAD_NUMBERS = ["1234567", "123456789", "1234 567", " 69599084", "6959908x", "٦٩٥٩٩٠٨٤"]


@pytest.mark.parametrize("number", BAD_NUMBERS)
async def test_a_number_that_a_person_types_is_eight_digits_wherever_it_is_typed(
    organisation: Organisation, outside: Outside, number: str
) -> None:
    [administration_id] = await organisation.import_all(
        await organisation.connect(outside.grant("A", kvk_number="01234567"))
    )
    session_id, found = await organisation.discover(await organisation.connect(outside.grant("B")))
    row: Json = {"candidate_id": found["B"]["id"], "kvk_number": number}
    profile = f"/v1/administrations/{administration_id}/profile"
    for refused in (
        await organisation.complete(session_id, row),
        await organisation.api("PATCH", profile, {"kvk_number": number}),
        await organisation.api("GET", f"/v1/kvk/{number}"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (422, "kvk_number_invalid"), refused.text


async def test_candidates_are_listed_at_once_while_the_register_is_silent(
    organisation: Organisation, outside: Outside, register: Register
) -> None:
    """Nothing of a list waits for the register: it is read from what is kept."""
    register.silent = True
    number = new_number()
    connection_id = await organisation.connect(outside.grant("A", kvk_number=number))
    session_id, found = await organisation.discover(connection_id)
    assert (found["A"]["kvk_number"], found["A"]["registry"]) == (number, None)
    await organisation.select(session_id, list(found.values()))
    assert register.asked == []
