"""Two people in one wizard: nobody undoes what he has not seen."""

from typing import Any

import httpx
import pytest

from .organisation import Json, Organisation
from .outside import Outside

RETAIL = {"sbi_version": "2025", "code": "G"}
INDUSTRY = {"sbi_version": "2025", "code": "C"}


class Wizard:
    """A session with three candidates, and what a person does who has seen a version of it."""

    def __init__(self, organisation: Organisation, session_id: str, found: dict[str, Json]) -> None:
        self.organisation = organisation
        self.id = session_id
        self.ids = {name: each["id"] for name, each in found.items()}

    async def select(self, names: str, version: int | None) -> httpx.Response:
        return await self._put("selection", candidate_ids=[self.ids[name] for name in names], version=version)

    async def complete(
        self, version: int | None, *, partial: bool = False, **profiles: Json
    ) -> httpx.Response:
        rows = [{"candidate_id": self.ids[name]} | profile for name, profile in profiles.items()]
        return await self._put("profiles", items=rows, version=version, partial=partial)

    async def confirm(self, version: int) -> httpx.Response:
        return await self.organisation.api(
            "POST", f"/v1/import-sessions/{self.id}/confirm", {"version": version}
        )

    async def selected(self) -> str:
        found = await self.organisation.candidates(self.id)
        return "".join(sorted(each["name"] for each in found if each["selected"]))

    async def _put(self, what: str, **body: Any) -> httpx.Response:
        return await self.organisation.api("PUT", f"/v1/import-sessions/{self.id}/{what}", body)


@pytest.fixture
async def wizard(organisation: Organisation, outside: Outside) -> Wizard:
    connection_id = await organisation.connect(
        outside.grant("A", kvk_number="01234567"), outside.grant("B"), outside.grant("C")
    )
    return Wizard(organisation, *await organisation.discover(connection_id))


def named(refused: httpx.Response) -> dict[str, str]:
    """What a 409 names."""
    assert (refused.status_code, refused.json()["code"]) == (409, "import_session_changed"), refused.text
    return {each["pointer"]: each["message"] for each in refused.json()["errors"]}


async def test_a_selection_that_would_undo_a_later_one_is_refused_and_names_it(wizard: Wizard) -> None:
    assert (await wizard.select("B", 0)).json()["version"] == 1
    assert (await wizard.select("A", 1)).status_code == 200
    assert named(await wizard.select("BC", 1)) == {
        f"/candidates/{wizard.ids['A']}/selected": "Somebody selected it since.",
        f"/candidates/{wizard.ids['B']}/selected": "Somebody deselected it since.",
    }
    assert await wizard.selected() == "A"


async def test_a_selection_that_agrees_with_the_later_one_undoes_nothing(wizard: Wizard) -> None:
    await wizard.select("A", 0)
    assert (await wizard.select("AB", 0)).status_code == 200
    assert await wizard.selected() == "AB"


async def test_an_act_whose_answer_was_lost_may_be_sent_again(wizard: Wizard) -> None:
    for _ in range(2):
        assert (await wizard.select("AB", 0)).status_code == 200
        assert (await wizard.complete(0, B={"sector": RETAIL})).status_code == 200


async def test_without_a_version_the_last_one_wins(wizard: Wizard) -> None:
    await wizard.select("A", 0)
    assert (await wizard.select("B", None)).status_code == 200
    assert await wizard.selected() == "B"


async def test_a_profile_that_would_undo_a_later_one_is_refused_and_nothing_is_stored(
    wizard: Wizard,
) -> None:
    await wizard.complete(0, B={"sector": RETAIL})
    refused = await wizard.complete(0, B={"sector": INDUSTRY}, C={"sector": INDUSTRY})
    assert list(named(refused)) == [f"/candidates/{wizard.ids['B']}/profile"]
    found = {each["name"]: each["sector"] for each in await wizard.organisation.candidates(wizard.id)}
    assert (found["B"], found["C"]) == (RETAIL, None)


async def test_two_people_may_complete_different_candidates_at_once(wizard: Wizard) -> None:
    assert (await wizard.complete(0, B={"sector": RETAIL})).status_code == 200
    assert (await wizard.complete(0, C={"sector": INDUSTRY})).status_code == 200


async def test_with_partial_a_row_that_would_undo_a_later_one_is_left_out(wizard: Wizard) -> None:
    await wizard.complete(0, B={"sector": RETAIL})
    answer = await wizard.complete(0, partial=True, B={"sector": INDUSTRY}, C={"sector": INDUSTRY})
    assert [each["name"] for each in answer.json()["items"]] == ["C"]
    assert [(each["pointer"], each["code"]) for each in answer.json()["errors"]] == [
        ("/items/0", "import_session_changed")
    ]


@pytest.mark.parametrize("what", ["selection", "profile"])
async def test_nobody_imports_what_he_has_not_seen(wizard: Wizard, what: str) -> None:
    seen = (await wizard.select("AB", 0)).json()["version"]
    if what == "selection":
        await wizard.select("A", seen)
        expected = {f"/candidates/{wizard.ids['B']}/selected"}
    else:
        await wizard.complete(seen, A={"sector": RETAIL}, C={"sector": RETAIL})
        expected = {f"/candidates/{wizard.ids['A']}/profile"}
    assert set(named(await wizard.confirm(seen))) == expected
    assert (await wizard.organisation.api("GET", "/v1/administrations")).json()["items"] == []


async def test_what_was_seen_is_imported_and_again_gives_the_same_answer(wizard: Wizard) -> None:
    seen = (await wizard.select("A", 0)).json()["version"]
    first, again = await wizard.confirm(seen), await wizard.confirm(seen)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()


@pytest.mark.parametrize("act", ["select", "complete", "confirm"])
async def test_a_version_that_is_still_to_come_is_refused(wizard: Wizard, act: str) -> None:
    answers = {
        "select": lambda: wizard.select("A", 1),
        "complete": lambda: wizard.complete(1, A={"sector": RETAIL}),
        "confirm": lambda: wizard.confirm(1),
    }
    refused = await answers[act]()
    assert (refused.status_code, refused.json()["code"]) == (422, "version_unknown")
    assert refused.json()["errors"][0]["pointer"] == "/version"


async def test_each_page_of_candidates_says_its_version(wizard: Wizard) -> None:
    await wizard.select("A", 0)
    page = (
        await wizard.organisation.api("GET", f"/v1/import-sessions/{wizard.id}/candidates?limit=1")
    ).json()
    assert page["version"] == 1
