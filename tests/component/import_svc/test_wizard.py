"""The wizard over HTTP, from a connection to administrations."""

import asyncio
from uuid import UUID

import pytest

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id

from .organisation import Organisation
from .outside import Outside

RETAIL = {"sbi_version": "2025", "code": "G"}


async def test_three_companies_are_found_completed_and_imported(
    organisation: Organisation, outside: Outside
) -> None:
    connection_id = await organisation.connect(
        outside.grant("Bakkerij Smit", kvk_number="01234567"),
        outside.grant("Garage Jansen"),
        outside.grant("Demobedrijf"),
    )
    session_id, found = await organisation.discover(connection_id)
    assert found["Bakkerij Smit"]["kvk_number"] == "01234567"
    assert found["Bakkerij Smit"]["errors"] == []
    assert [each["code"] for each in found["Garage Jansen"]["errors"]] == ["profile_missing"]

    assert (await organisation.select(session_id, list(found.values()))).status_code == 200
    stored = await organisation.complete(
        session_id,
        {"candidate_id": found["Garage Jansen"]["id"], "kvk_number": "69599084", "sector": RETAIL},
        {"candidate_id": found["Demobedrijf"]["id"], "no_kvk_reason": "test_or_demo", "sector": RETAIL},
    )
    assert stored.status_code == 200
    assert [each["errors"] for each in stored.json()["items"]] == [[], []]

    confirmed = await organisation.confirm(session_id)
    assert confirmed.status_code == 202
    assert {each["candidate_id"] for each in confirmed.json()["administrations"]} == {
        each["id"] for each in found.values()
    }
    listed = (await organisation.api("GET", "/v1/administrations")).json()["items"]
    profiles = {each["name"]: (each["kvk_number"], each["no_kvk_reason"], each["sector"]) for each in listed}
    assert profiles == {
        "Bakkerij Smit": ("01234567", None, None),
        "Garage Jansen": ("69599084", None, RETAIL),
        "Demobedrijf": (None, "test_or_demo", RETAIL),
    }
    imported = await organisation.events("AdministrationImported")
    assert {each["administration_id"] for each in imported} == {each["id"] for each in listed}
    assert {(each["import_session_id"], each["import_session_size"]) for each in imported} == {
        (session_id, len(imported))
    }
    assert {each["imported_by"] for each in imported} == {str(organisation.user_id)}


async def test_a_session_counts_what_happened(organisation: Organisation, outside: Outside) -> None:
    connection_id = await organisation.connect(outside.grant("A", kvk_number="01234567"), outside.grant("B"))
    session_id, found = await organisation.discover(connection_id)
    await organisation.select(session_id, [found["A"]])
    counts = (await organisation.session(session_id))["counts"]
    assert counts == {
        "grants": 2,
        "discovered": 2,
        "failed": 0,
        "candidates": 2,
        "selected": 1,
        "already_imported": 0,
        "imported": 0,
        "new": 2,
    }
    await organisation.confirm(session_id)
    session = await organisation.session(session_id)
    assert session["state"] == "imported"
    assert (session["counts"]["imported"], session["counts"]["already_imported"]) == (1, 1)


async def test_confirming_again_gives_the_same_answer_and_imports_nothing(
    organisation: Organisation, outside: Outside
) -> None:
    connection_id = await organisation.connect(outside.grant("A", kvk_number="01234567"))
    session_id, found = await organisation.discover(connection_id)
    await organisation.select(session_id, list(found.values()))
    first, second = await organisation.confirm(session_id), await organisation.confirm(session_id)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert len(await organisation.events("AdministrationImported")) == 1


async def test_starting_twice_with_one_idempotency_key_makes_one_session(
    organisation: Organisation, outside: Outside
) -> None:
    body = {"connection_id": str(await organisation.connect(outside.grant("A")))}
    key = {"Idempotency-Key": str(new_id())}
    answers = await asyncio.gather(
        *(organisation.api("POST", "/v1/import-sessions", body, headers=key) for _ in range(3))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_what_is_imported_is_marked_and_cannot_be_selected_again(
    organisation: Organisation, outside: Outside
) -> None:
    connection_id = await organisation.connect(outside.grant("A", kvk_number="01234567"))
    await organisation.import_all(connection_id)
    session_id, found = await organisation.discover(connection_id)
    assert found["A"]["already_imported"] is True
    refused = await organisation.select(session_id, [found["A"]])
    assert (refused.status_code, refused.json()["code"]) == (422, "already_imported")
    assert refused.json()["errors"][0]["pointer"] == "/candidate_ids/0"


async def test_a_company_that_two_logins_reach_is_one_candidate(
    organisation: Organisation, outside: Outside
) -> None:
    first = outside.grant("Shared")
    second = outside.grant("Shared", company=outside.company(first))
    connection_id = await organisation.connect(first, second)
    session_id, _ = await organisation.discover(connection_id)
    [candidate] = await organisation.candidates(session_id)
    assert UUID(candidate["grant_id"]) == min(first, second)


async def test_candidates_come_in_pages(organisation: Organisation, outside: Outside) -> None:
    connection_id = await organisation.connect(*(outside.grant(f"Company {number}") for number in range(5)))
    session_id, found = await organisation.discover(connection_id)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        path = f"/v1/import-sessions/{session_id}/candidates?limit=2&cursor={cursor}"
        page = (await organisation.api("GET", path.removesuffix("&cursor="))).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
    assert sorted(seen) == sorted(each["id"] for each in found.values())


async def test_sectors_are_listed_with_their_dutch_names(organisation: Organisation) -> None:
    sectors = (await organisation.api("GET", "/v1/sectors?sbi_version=2025")).json()
    assert sectors["next_cursor"] is None
    assert len(sectors["items"]) == 22
    assert sectors["items"][6] == {"sbi_version": "2025", "code": "G", "name": "Groot- en detailhandel"}
    unknown = await organisation.api("GET", "/v1/sectors?sbi_version=1974")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "sbi_version_unknown")


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.BEHEERDER, 201),
        (Role.TEAM_LEADER, 201),
        (Role.USER_PLUS, 201),
        (Role.USER, 403),
        (Role.REVIEWER, 403),
    ],
)
async def test_importing_is_a_right_of_some_roles_and_reading_of_all(
    organisation: Organisation, outside: Outside, role: Role, status: int
) -> None:
    connection_id = await organisation.connect(outside.grant("A"))
    body = {"connection_id": str(connection_id)}
    assert (await organisation.api("POST", "/v1/import-sessions", body, role=role)).status_code == status
    assert (await organisation.api("GET", "/v1/administrations", role=role)).status_code == 200
