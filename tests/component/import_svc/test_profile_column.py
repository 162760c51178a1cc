"""Profiles by the column: many rows in one call."""

from typing import Any

import pytest

from .organisation import Json, Organisation
from .outside import Outside

RETAIL = {"sbi_version": "2025", "code": "G"}
BAD: list[tuple[Any, str, str]] = [
    ({"kvk_number": "0123456"}, "kvk_number_invalid", "/kvk_number"),
    ({"kvk_number": "012345678"}, "kvk_number_invalid", "/kvk_number"),
    ({"kvk_number": "0123 4567"}, "kvk_number_invalid", "/kvk_number"),
    ({"kvk_number": " 01234567"}, "kvk_number_invalid", "/kvk_number"),
    ({"kvk_number": 12345678}, "kvk_number_invalid", "/kvk_number"),
    ({"kvk_number": "0417.497.106"}, "kvk_number_invalid", "/kvk_number"),
    ({"kvk_number": "HRB 12345"}, "kvk_number_invalid", "/kvk_number"),
    ({"kvk_number": "٠١٢٣٤٥٦٧"}, "kvk_number_invalid", "/kvk_number"),
    ({"kvk_number": "1" * 3_000}, "kvk_number_invalid", "/kvk_number"),
    ({"sector": {"sbi_version": "2025", "code": "G" * 3_000}}, "sector_unknown", "/sector"),
    ({"no_kvk_reason": "no_company"}, "sector_required", "/sector"),
    ({}, "profile_empty", ""),
]


async def store(organisation: Organisation, session_id: str, rows: list[Json], **more: Any) -> Any:
    return await organisation.api("PUT", f"/v1/import-sessions/{session_id}/profiles", {"items": rows} | more)


@pytest.mark.parametrize(("profile", "code", "field"), BAD)
async def test_partial_stores_the_good_rows_and_tells_of_each_bad_one(
    organisation: Organisation, outside: Outside, profile: Json, code: str, field: str
) -> None:
    session_id, found = await organisation.discover(
        await organisation.connect(outside.grant("A"), outside.grant("B"))
    )
    rows = [
        {"candidate_id": found["A"]["id"]} | profile,
        {"candidate_id": found["B"]["id"], "sector": RETAIL},
    ]
    refused = await store(organisation, session_id, rows)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert {
        each["sector"] and each["sector"]["code"] for each in await organisation.candidates(session_id)
    } == {None}
    answer = await store(organisation, session_id, rows, partial=True)
    assert answer.status_code == 200, answer.text
    assert [(each["name"], each["sector"]) for each in answer.json()["items"]] == [("B", RETAIL)]
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        (f"/items/0{field}", code)
    ]


async def test_a_number_with_leading_zeros_stays_as_it_is(
    organisation: Organisation, outside: Outside
) -> None:
    session_id, found = await organisation.discover(await organisation.connect(outside.grant("A")))
    answer = await organisation.complete(
        session_id, {"candidate_id": found["A"]["id"], "kvk_number": "00000012"}
    )
    assert answer.json()["items"][0]["profile"]["kvk_number"] == "00000012"


async def test_partial_with_no_good_row_changes_nothing(organisation: Organisation, outside: Outside) -> None:
    session_id, found = await organisation.discover(await organisation.connect(outside.grant("A")))
    before = await organisation.session(session_id)
    answer = await store(organisation, session_id, [{"candidate_id": found["A"]["id"]}], partial=True)
    assert (answer.status_code, answer.json()["items"], answer.json()["version"]) == (200, [], 0)
    assert await organisation.session(session_id) == before
    assert "import_session.profiles_stored" not in await organisation.audit()


async def test_with_partial_a_candidate_named_twice_gets_the_first_row(
    organisation: Organisation, outside: Outside
) -> None:
    session_id, found = await organisation.discover(await organisation.connect(outside.grant("A")))
    row = {"candidate_id": found["A"]["id"]}
    rows = [row | {"kvk_number": "69599084"}, row | {"kvk_number": "01234567"}]
    answer = (await store(organisation, session_id, rows, partial=True)).json()
    assert [each["profile"]["kvk_number"] for each in answer["items"]] == ["69599084"]
    assert [each["code"] for each in answer["errors"]] == ["candidate_duplicate"]


async def test_a_call_takes_a_thousand_rows_and_no_more(organisation: Organisation, outside: Outside) -> None:
    session_id, found = await organisation.discover(await organisation.connect(outside.grant("A")))
    row = {"candidate_id": found["A"]["id"], "sector": RETAIL}
    thousand = (await store(organisation, session_id, [row] * 1_000, partial=True)).json()
    assert (len(thousand["items"]), len(thousand["errors"])) == (1, 999)
    refused = await store(organisation, session_id, [row] * 1_001, partial=True)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
