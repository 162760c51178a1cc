"""Every refusal names what is wrong and has a stable code."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from koppel.kernel.ids import new_id

from .clocks import MovableClock
from .organisation import Json, Organisation
from .outside import Outside

RETAIL = {"sbi_version": "2025", "code": "G"}


@pytest.mark.parametrize(
    ("profile", "code", "field"),
    [
        ({"kvk_number": "1234567"}, "kvk_number_invalid", "/kvk_number"),
        ({"kvk_number": 12345678}, "kvk_number_invalid", "/kvk_number"),
        (
            {"kvk_number": "01234567", "sector": {"sbi_version": "2025", "code": "W"}},
            "sector_unknown",
            "/sector",
        ),
        ({"sector": {"sbi_version": "1993", "code": "A"}}, "sector_unknown", "/sector"),
        ({"sector": {"code": "A"}}, "invalid_input", "/sector/sbi_version"),
        ({"no_kvk_reason": "no_company"}, "sector_required", "/sector"),
        ({"no_kvk_reason": "holiday", "sector": RETAIL}, "no_kvk_reason_unknown", "/no_kvk_reason"),
        (
            {"kvk_number": "01234567", "no_kvk_reason": "no_company", "sector": RETAIL},
            "kvk_number_and_reason",
            "/no_kvk_reason",
        ),
        ({}, "profile_empty", ""),
        ({"kvk_number": "01234567", "vat": "NL"}, "invalid_input", "/vat"),
    ],
)
async def test_a_bad_profile_is_refused_by_name_and_nothing_is_stored(
    organisation: Organisation, outside: Outside, profile: Json, code: str, field: str
) -> None:
    session_id, found = await organisation.discover(
        await organisation.connect(outside.grant("A"), outside.grant("B"))
    )
    good = {"candidate_id": found["A"]["id"], "kvk_number": "69599084"}
    refused = await organisation.complete(session_id, good, {"candidate_id": found["B"]["id"]} | profile)
    assert (refused.status_code, refused.json()["code"]) == (422, code), refused.text
    assert [each["pointer"] for each in refused.json()["errors"]] == [f"/items/1{field}"]
    assert [each["profile"] for each in await organisation.candidates(session_id)] == [None, None]


async def test_all_bad_rows_are_named_at_once(organisation: Organisation, outside: Outside) -> None:
    session_id, found = await organisation.discover(
        await organisation.connect(outside.grant("A"), outside.grant("B"))
    )
    first, second = (each["id"] for each in found.values())
    refused = await organisation.complete(
        session_id,
        {"candidate_id": first, "kvk_number": "1"},
        {"candidate_id": second, "no_kvk_reason": "no_company"},
        {"candidate_id": first, "kvk_number": "69599084"},
        {"candidate_id": str(new_id()), "kvk_number": "69599084"},
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "profile_invalid")
    assert [each["pointer"] for each in refused.json()["errors"]] == [
        "/items/0/kvk_number",
        "/items/1/sector",
        "/items/2/candidate_id",
        "/items/3/candidate_id",
    ]


async def test_unknown_candidates_of_a_selection_are_named_each(
    organisation: Organisation, outside: Outside
) -> None:
    session_id, found = await organisation.discover(await organisation.connect(outside.grant("A")))
    unknown = {"id": str(new_id())}
    refused = await organisation.select(session_id, [found["A"], unknown, unknown])
    assert (refused.status_code, refused.json()["code"]) == (422, "candidate_unknown")
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/candidate_ids/1", "/candidate_ids/2"]
    assert [each["selected"] for each in await organisation.candidates(session_id)] == [False]


async def test_a_confirm_without_a_selection_imports_nothing(
    organisation: Organisation, outside: Outside
) -> None:
    session_id, _ = await organisation.discover(await organisation.connect(outside.grant("A")))
    refused = await organisation.confirm(session_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_selected")


async def test_a_confirm_names_the_candidates_without_a_profile(
    organisation: Organisation, outside: Outside
) -> None:
    connection_id = await organisation.connect(outside.grant("A", kvk_number="01234567"), outside.grant("B"))
    session_id, found = await organisation.discover(connection_id)
    await organisation.select(session_id, list(found.values()))
    refused = await organisation.confirm(session_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "profile_incomplete")
    assert [each["pointer"] for each in refused.json()["errors"]] == [f"/candidates/{found['B']['id']}"]
    assert (await organisation.api("GET", "/v1/administrations")).json()["items"] == []


async def test_a_session_of_last_week_takes_nothing_any_more(
    organisation: Organisation, outside: Outside, clock: MovableClock
) -> None:
    session_id, found = await organisation.discover(await organisation.connect(outside.grant("A")))
    clock.ahead = timedelta(days=7)
    assert (await organisation.session(session_id))["state"] == "expired"
    candidate = found["A"]
    for answer in (
        await organisation.select(session_id, [candidate]),
        await organisation.complete(session_id, {"candidate_id": candidate["id"], "kvk_number": "69599084"}),
        await organisation.confirm(session_id),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "import_session_expired")


async def test_a_session_that_still_discovers_takes_no_selection(organisation: Organisation) -> None:
    session_id = await organisation.start(await organisation.connect())
    assert (await organisation.session(session_id))["state"] == "discovering"
    refused = await organisation.select(session_id, [])
    assert (refused.status_code, refused.json()["code"]) == (409, "import_session_not_selecting")


async def test_an_unknown_connection_is_not_found(organisation: Organisation) -> None:
    answer = await organisation.api("POST", "/v1/import-sessions", {"connection_id": str(new_id())})
    assert (answer.status_code, answer.json()["code"]) == (404, "connection_not_found")


@pytest.mark.parametrize("body", [{}, {"connection_id": "one"}, {"connection_id": None}, []])
async def test_a_session_needs_the_id_of_a_connection(organisation: Organisation, body: Any) -> None:
    answer = await organisation.api("POST", "/v1/import-sessions", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


async def test_what_another_organisation_has_is_not_found(
    new_organisation: Callable[[], Organisation], outside: Outside
) -> None:
    owner, stranger = new_organisation(), new_organisation()
    connection_id = await owner.connect(outside.grant("A", kvk_number="01234567"))
    session_id, found = await owner.discover(connection_id)
    [administration_id] = await owner.import_all(connection_id)
    session, administration = f"/v1/import-sessions/{session_id}", f"/v1/administrations/{administration_id}"
    selection = {"candidate_ids": [found["A"]["id"]]}
    profiles = {"items": [{"candidate_id": found["A"]["id"], "kvk_number": "69599084"}]}
    for method, path, body in (
        ("POST", "/v1/import-sessions", {"connection_id": str(connection_id)}),
        ("GET", session, None),
        ("GET", f"{session}/candidates", None),
        ("PUT", f"{session}/selection", selection),
        ("PUT", f"{session}/profiles", profiles),
        ("POST", f"{session}/confirm", None),
        ("GET", administration, None),
        ("PATCH", f"{administration}/profile", {"kvk_number": "69599084"}),
        ("DELETE", administration, None),
    ):
        answer = await stranger.api(method, path, body)
        assert answer.status_code == 404, (method, path, answer.text)
    assert (await stranger.api("GET", "/v1/administrations")).json()["items"] == []
    assert (await owner.api("GET", administration)).json()["kvk_number"] == "01234567"


async def test_the_same_company_may_be_in_two_organisations(
    new_organisation: Callable[[], Organisation], outside: Outside
) -> None:
    first = outside.grant("A", kvk_number="01234567")
    second = outside.grant("A", kvk_number="01234567", company=outside.company(first))
    imported: set[str] = set()
    for grant_id in (first, second):
        organisation = new_organisation()
        imported.update(await organisation.import_all(await organisation.connect(grant_id)))
    assert len(imported) == 2
