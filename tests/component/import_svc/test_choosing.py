"""Lists that help to choose: search, order, totals, and what is here already through another provider."""

from collections.abc import Callable

import pytest

from .arrivals import reauthorization_required
from .organisation import Json, Organisation
from .outside import Outside
from .trade_register import Register, new_number

RETAIL = {"sbi_version": "2025", "code": "G"}


async def candidates(organisation: Organisation, session_id: str, query: str) -> Json:
    answer = await organisation.api("GET", f"/v1/import-sessions/{session_id}/candidates{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def administrations(organisation: Organisation, query: str = "") -> Json:
    answer = await organisation.api("GET", f"/v1/administrations{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def names(page: Json) -> list[str]:
    return [each["name"] for each in page["items"]]


@pytest.fixture
async def session_id(organisation: Organisation, outside: Outside) -> str:
    connection_id = await organisation.connect(
        outside.grant("Bakkerij Smit", kvk_number="01234567"),
        outside.grant("garage Ünal 100%"),
        outside.grant("Atelier_Jansen", company="atelier-7"),
    )
    session_id, found = await organisation.discover(connection_id)
    await organisation.complete(
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
    organisation: Organisation, session_id: str, q: str, expected: list[str]
) -> None:
    found = await candidates(organisation, session_id, f"?sort=name&total=true&q={q}")
    assert (names(found), found["total"]) == (expected, len(expected))


async def test_a_candidate_is_found_by_its_name_in_the_register(
    organisation: Organisation, outside: Outside, register: Register
) -> None:
    number = register.knows("Holding Van Buren")
    session_id, _ = await organisation.discover(
        await organisation.connect(outside.grant("Winkel", kvk_number=number))
    )
    await organisation.api("GET", f"/v1/kvk/{number}")
    assert names(await candidates(organisation, session_id, "?q=van+buren")) == ["Winkel"]


async def test_candidates_by_name_come_in_pages_in_any_case(
    organisation: Organisation, session_id: str
) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await candidates(
            organisation, session_id, f"?sort=name&limit=1{cursor and f'&cursor={cursor}'}"
        )
        seen += names(page)
        assert page["total"] is None
        cursor = page["next_cursor"]
    assert seen == ["Atelier_Jansen", "Bakkerij Smit", "garage Ünal 100%"]


async def test_a_search_that_is_too_long_or_an_unknown_order_is_refused(
    organisation: Organisation, session_id: str
) -> None:
    for query in (f"?q={'x' * 201}", "?sort=colour"):
        for path in (f"/v1/import-sessions/{session_id}/candidates", "/v1/administrations"):
            assert (await organisation.api("GET", path + query)).status_code == 422


async def test_administrations_are_searched_sorted_and_counted(
    organisation: Organisation, outside: Outside
) -> None:
    first = await organisation.import_all(
        await organisation.connect(outside.grant("b one", kvk_number="01234567"))
    )
    await organisation.import_all(
        await organisation.connect(
            outside.grant("C two", kvk_number="69599084"), outside.grant("A three", kvk_number="00000012")
        )
    )
    for order, expected in (
        ("name", ["A three", "b one", "C two"]),
        ("-name", ["C two", "b one", "A three"]),
    ):
        assert names(await administrations(organisation, f"?sort={order}")) == expected
    assert names(await administrations(organisation, "?sort=imported_at"))[0] == "b one"
    assert names(await administrations(organisation, "?sort=-imported_at"))[-1] == "b one"
    assert names(await administrations(organisation, "?q=0123+4567")) == ["b one"]
    counted = await administrations(organisation, "?limit=1&total=true&sort=name")
    assert (counted["total"], names(counted)) == (3, ["A three"])
    behind = await administrations(organisation, f"?limit=1&sort=name&cursor={counted['next_cursor']}")
    assert names(behind) == ["b one"]
    [own] = (await administrations(organisation, "?q=b+one"))["items"]
    imported = await administrations(
        organisation, f"?import_session_id={own['import_session_id']}&total=true"
    )
    assert ([each["id"] for each in imported["items"]], imported["total"]) == (first, 1)


async def test_a_company_that_is_here_through_another_login_is_shown_as_duplicate(
    organisation: Organisation, outside: Outside
) -> None:
    number = new_number()
    [here] = await organisation.import_all(
        await organisation.connect(outside.grant("Smit", kvk_number=number))
    )
    other = await organisation.connect(outside.grant("Smit bv", kvk_number=number), outside.grant("Other"))
    session_id, found = await organisation.discover(other)
    assert found["Smit bv"]["duplicates"] == [here]
    assert found["Other"]["duplicates"] == []
    stored = await organisation.complete(
        session_id, {"candidate_id": found["Other"]["id"], "kvk_number": number}
    )
    assert stored.json()["items"][0]["duplicates"] == [here]
    denied = {"candidate_id": found["Smit bv"]["id"], "no_kvk_reason": "no_company", "sector": RETAIL}
    assert (await organisation.complete(session_id, denied)).json()["items"][0]["duplicates"] == []


async def test_administrations_with_one_number_name_each_other_until_one_is_removed(
    organisation: Organisation, outside: Outside
) -> None:
    number = new_number()
    [first] = await organisation.import_all(
        await organisation.connect(outside.grant("Smit", kvk_number=number))
    )
    [second] = await organisation.import_all(
        await organisation.connect(outside.grant("Smit bv", kvk_number=number))
    )
    shown = {each["id"]: each["duplicates"] for each in (await administrations(organisation))["items"]}
    assert shown == {first: [second], second: [first]}
    await organisation.api("DELETE", f"/v1/administrations/{second}")
    assert (await organisation.api("GET", f"/v1/administrations/{first}")).json()["duplicates"] == []


async def test_another_organisations_company_is_no_duplicate(
    new_organisation: Callable[[], Organisation], outside: Outside
) -> None:
    number = new_number()
    for _ in range(2):
        organisation = new_organisation()
        await organisation.import_all(await organisation.connect(outside.grant("Smit", kvk_number=number)))
        [own] = (await administrations(organisation))["items"]
        assert own["duplicates"] == []


async def test_an_imported_company_is_no_duplicate_of_itself(
    organisation: Organisation, outside: Outside
) -> None:
    connection_id = await organisation.connect(outside.grant("Smit", kvk_number=new_number()))
    await organisation.import_all(connection_id)
    _, found = await organisation.discover(connection_id)
    assert (found["Smit"]["already_imported"], found["Smit"]["duplicates"]) == (True, [])


async def test_a_summary_is_what_the_import_brought_and_is_still_there(
    organisation: Organisation, outside: Outside
) -> None:
    connection_id = await organisation.connect(
        *(outside.grant(name, kvk_number=new_number()) for name in "bAc")
    )
    session_id, found = await organisation.discover(connection_id)
    path = f"/v1/import-sessions/{session_id}/summary"
    early = await organisation.api("GET", path)
    assert (early.status_code, early.json()["code"]) == (409, "import_session_not_imported")
    await organisation.complete(session_id, {"candidate_id": found["A"]["id"], "sector": RETAIL})
    await organisation.select(session_id, list(found.values()))
    imported = {
        each["candidate_id"]: each["id"]
        for each in (await organisation.confirm(session_id)).json()["administrations"]
    }
    await organisation.api("DELETE", f"/v1/administrations/{imported[found['c']['id']]}")
    summary = (await organisation.api("GET", path)).json()
    assert [(each["name"], each["id"]) for each in summary["administrations"]] == [
        (name, imported[found[name]["id"]]) for name in ("A", "b")
    ]
    [first, _] = summary["administrations"]
    assert (first["sector"], first["sector_source"], first["no_kvk_reason"]) == (RETAIL, "person", None)
    assert summary["imported_by"] == str(organisation.user_id)
    [administration, *_] = (await administrations(organisation))["items"]
    assert summary["imported_at"] == administration["imported_at"]


async def test_a_candidate_whose_login_was_withdrawn_says_so_before_it_is_imported(
    organisation: Organisation, outside: Outside
) -> None:
    dead, alive = outside.grant("Dead"), outside.grant("Alive")
    connection_id = await organisation.connect(dead, alive)
    session_id, _ = await organisation.discover(connection_id)
    await organisation.arrivals.deliver(
        reauthorization_required(organisation.organisation_id, connection_id, dead)
    )
    works = {
        each["name"]: {check["check"]: check["ok"] for check in each["preflight"]}["login_works"]
        for each in await organisation.candidates(session_id)
    }
    assert works == {"Dead": False, "Alive": True}
