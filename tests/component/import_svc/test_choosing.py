"""Lists that help to choose: search, order, totals, and what is here already through another package."""

from collections.abc import Callable

import pytest

from .arrivals import reauthorization_required
from .office import Json, Office
from .outside import Outside
from .trade_register import Register, new_number

RETAIL = {"sbi_version": "2025", "code": "G"}


async def candidates(office: Office, session_id: str, query: str) -> Json:
    answer = await office.api("GET", f"/v1/import-sessions/{session_id}/candidates{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def administrations(office: Office, query: str = "") -> Json:
    answer = await office.api("GET", f"/v1/administrations{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def names(page: Json) -> list[str]:
    return [each["name"] for each in page["items"]]


@pytest.fixture
async def session_id(office: Office, outside: Outside) -> str:
    connection_id = await office.connect(
        outside.grant("Bakkerij Smit", kvk_number="01234567"),
        outside.grant("garage Ünal 100%"),
        outside.grant("Atelier_Jansen", company="atelier-7"),
    )
    session_id, found = await office.discover(connection_id)
    await office.complete(
        session_id, {"candidate_id": found["Atelier_Jansen"]["id"], "kvk_number": "69599084"}
    )
    return session_id


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("smit", ["Bakkerij Smit"]),
        ("GARAGE ü", ["garage Ünal 100%"]),
        ("100%25", ["garage Ünal 100%"]),
        ("%25", ["garage Ünal 100%"]),
        ("_", ["Atelier_Jansen"]),
        ("0123 4567", ["Bakkerij Smit"]),
        ("695990", ["Atelier_Jansen"]),
        ("ATELIER-7", ["Atelier_Jansen"]),
        ("%20%20", ["Atelier_Jansen", "Bakkerij Smit", "garage Ünal 100%"]),
        ("nobody", []),
    ],
)
async def test_candidates_are_found_by_name_and_by_number(
    office: Office, session_id: str, q: str, expected: list[str]
) -> None:
    found = await candidates(office, session_id, f"?sort=name&total=true&q={q}")
    assert (names(found), found["total"]) == (expected, len(expected))


async def test_a_candidate_is_found_by_its_name_in_the_register(
    office: Office, outside: Outside, register: Register
) -> None:
    number = register.knows("Holding Van Buren")
    session_id, _ = await office.discover(await office.connect(outside.grant("Winkel", kvk_number=number)))
    await office.api("GET", f"/v1/kvk/{number}")
    assert names(await candidates(office, session_id, "?q=van+buren")) == ["Winkel"]


async def test_candidates_by_name_come_in_pages_in_any_case(office: Office, session_id: str) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await candidates(office, session_id, f"?sort=name&limit=1{cursor and f'&cursor={cursor}'}")
        seen += names(page)
        assert page["total"] is None
        cursor = page["next_cursor"]
    assert seen == ["Atelier_Jansen", "Bakkerij Smit", "garage Ünal 100%"]


async def test_a_search_that_is_too_long_or_an_unknown_order_is_refused(
    office: Office, session_id: str
) -> None:
    for query in (f"?q={'x' * 201}", "?sort=colour"):
        for path in (f"/v1/import-sessions/{session_id}/candidates", "/v1/administrations"):
            assert (await office.api("GET", path + query)).status_code == 422


async def test_administrations_are_searched_sorted_and_counted(office: Office, outside: Outside) -> None:
    first = await office.import_all(await office.connect(outside.grant("b one", kvk_number="01234567")))
    await office.import_all(
        await office.connect(
            outside.grant("C two", kvk_number="69599084"), outside.grant("A three", kvk_number="00000012")
        )
    )
    for order, expected in (
        ("name", ["A three", "b one", "C two"]),
        ("-name", ["C two", "b one", "A three"]),
    ):
        assert names(await administrations(office, f"?sort={order}")) == expected
    assert names(await administrations(office, "?sort=imported_at"))[0] == "b one"
    assert names(await administrations(office, "?sort=-imported_at"))[-1] == "b one"
    assert names(await administrations(office, "?q=0123+4567")) == ["b one"]
    counted = await administrations(office, "?limit=1&total=true&sort=name")
    assert (counted["total"], names(counted)) == (3, ["A three"])
    behind = await administrations(office, f"?limit=1&sort=name&cursor={counted['next_cursor']}")
    assert names(behind) == ["b one"]
    [own] = (await administrations(office, "?q=b+one"))["items"]
    imported = await administrations(office, f"?import_session_id={own['import_session_id']}&total=true")
    assert ([each["id"] for each in imported["items"]], imported["total"]) == (first, 1)


async def test_a_company_that_is_here_through_another_login_is_shown_as_duplicate(
    office: Office, outside: Outside
) -> None:
    number = new_number()
    [here] = await office.import_all(await office.connect(outside.grant("Smit", kvk_number=number)))
    other = await office.connect(outside.grant("Smit bv", kvk_number=number), outside.grant("Other"))
    session_id, found = await office.discover(other)
    assert found["Smit bv"]["duplicates"] == [here]
    assert found["Other"]["duplicates"] == []
    stored = await office.complete(session_id, {"candidate_id": found["Other"]["id"], "kvk_number": number})
    assert stored.json()["items"][0]["duplicates"] == [here]
    denied = {"candidate_id": found["Smit bv"]["id"], "no_kvk_reason": "no_company", "sector": RETAIL}
    assert (await office.complete(session_id, denied)).json()["items"][0]["duplicates"] == []


async def test_administrations_with_one_number_name_each_other_until_one_is_removed(
    office: Office, outside: Outside
) -> None:
    number = new_number()
    [first] = await office.import_all(await office.connect(outside.grant("Smit", kvk_number=number)))
    [second] = await office.import_all(await office.connect(outside.grant("Smit bv", kvk_number=number)))
    shown = {each["id"]: each["duplicates"] for each in (await administrations(office))["items"]}
    assert shown == {first: [second], second: [first]}
    await office.api("DELETE", f"/v1/administrations/{second}")
    assert (await office.api("GET", f"/v1/administrations/{first}")).json()["duplicates"] == []


async def test_another_organisations_company_is_no_duplicate(
    new_office: Callable[[], Office], outside: Outside
) -> None:
    number = new_number()
    for _ in range(2):
        office = new_office()
        await office.import_all(await office.connect(outside.grant("Smit", kvk_number=number)))
        [own] = (await administrations(office))["items"]
        assert own["duplicates"] == []


async def test_an_imported_company_is_no_duplicate_of_itself(office: Office, outside: Outside) -> None:
    connection_id = await office.connect(outside.grant("Smit", kvk_number=new_number()))
    await office.import_all(connection_id)
    _, found = await office.discover(connection_id)
    assert (found["Smit"]["already_imported"], found["Smit"]["duplicates"]) == (True, [])


async def test_a_summary_is_what_the_import_brought_and_is_still_there(
    office: Office, outside: Outside
) -> None:
    connection_id = await office.connect(*(outside.grant(name, kvk_number=new_number()) for name in "bAc"))
    session_id, found = await office.discover(connection_id)
    path = f"/v1/import-sessions/{session_id}/summary"
    early = await office.api("GET", path)
    assert (early.status_code, early.json()["code"]) == (409, "import_session_not_imported")
    await office.complete(session_id, {"candidate_id": found["A"]["id"], "sector": RETAIL})
    await office.select(session_id, list(found.values()))
    imported = {
        each["candidate_id"]: each["id"]
        for each in (await office.confirm(session_id)).json()["administrations"]
    }
    await office.api("DELETE", f"/v1/administrations/{imported[found['c']['id']]}")
    summary = (await office.api("GET", path)).json()
    assert [(each["name"], each["id"]) for each in summary["administrations"]] == [
        (name, imported[found[name]["id"]]) for name in ("A", "b")
    ]
    [first, _] = summary["administrations"]
    assert (first["sector"], first["sector_source"], first["no_kvk_reason"]) == (RETAIL, "person", None)
    assert summary["imported_by"] == str(office.user_id)
    [administration, *_] = (await administrations(office))["items"]
    assert summary["imported_at"] == administration["imported_at"]


async def test_a_candidate_whose_login_was_withdrawn_says_so_before_it_is_imported(
    office: Office, outside: Outside
) -> None:
    dead, alive = outside.grant("Dead"), outside.grant("Alive")
    connection_id = await office.connect(dead, alive)
    session_id, _ = await office.discover(connection_id)
    await office.arrivals.deliver(reauthorization_required(office.organisation_id, connection_id, dead))
    works = {
        each["name"]: {check["check"]: check["ok"] for check in each["preflight"]}["login_works"]
        for each in await office.candidates(session_id)
    }
    assert works == {"Dead": False, "Alive": True}
