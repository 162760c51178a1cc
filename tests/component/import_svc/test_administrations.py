"""Imported administrations over HTTP."""

import pytest

from koppel.kernel.ids import new_id

from .arrivals import Arrivals, disconnected
from .organisation import Json, Organisation
from .outside import Outside

RETAIL = {"sbi_version": "2025", "code": "G"}
BUILDING = {"sbi_version": "2025", "code": "F"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([{"sector": RETAIL}], ("01234567", None, RETAIL)),
        ([{"kvk_number": "69599084"}], ("69599084", None, None)),
        ([{"no_kvk_reason": "no_company", "sector": RETAIL}], (None, "no_company", RETAIL)),
        (
            [{"no_kvk_reason": "no_company", "sector": RETAIL}, {"kvk_number": "00000001"}],
            ("00000001", None, RETAIL),
        ),
        ([{"sector": RETAIL}, {"kvk_number": None}], (None, None, RETAIL)),
        ([{"sector": RETAIL}, {"sector": BUILDING}], ("01234567", None, BUILDING)),
    ],
)
async def test_a_profile_changes_by_what_is_given(
    organisation: Organisation, outside: Outside, changes: list[Json], expected: tuple[object, ...]
) -> None:
    [administration_id] = await organisation.import_all(
        await organisation.connect(outside.grant("A", kvk_number="01234567"))
    )
    for change in changes:
        answer = await organisation.api("PATCH", f"/v1/administrations/{administration_id}/profile", change)
        assert answer.status_code == 200, answer.text
    after = (await organisation.api("GET", f"/v1/administrations/{administration_id}")).json()
    assert (after["kvk_number"], after["no_kvk_reason"], after["sector"]) == expected
    events = await organisation.events("AdministrationProfileChanged")
    assert len(events) == len(changes)
    assert (events[-1]["kvk_number"], events[-1]["no_kvk_reason"], events[-1]["sector"]) == expected


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"kvk_number": "1234567"}, "kvk_number_invalid", "/kvk_number"),
        ({"kvk_number": None}, "profile_empty", ""),
        ({"no_kvk_reason": "no_company"}, "sector_required", "/sector"),
        ({"sector": {"sbi_version": "2025", "code": "Z"}}, "sector_unknown", "/sector"),
    ],
)
async def test_a_profile_keeps_its_rules_when_it_changes(
    organisation: Organisation, outside: Outside, change: Json, code: str, pointer: str
) -> None:
    [administration_id] = await organisation.import_all(
        await organisation.connect(outside.grant("A", kvk_number="01234567"))
    )
    refused = await organisation.api("PATCH", f"/v1/administrations/{administration_id}/profile", change)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["errors"][0]["pointer"] == pointer
    assert await organisation.events("AdministrationProfileChanged") == []


async def test_a_change_to_the_same_says_nothing(organisation: Organisation, outside: Outside) -> None:
    [administration_id] = await organisation.import_all(
        await organisation.connect(outside.grant("A", kvk_number="01234567"))
    )
    same = await organisation.api(
        "PATCH", f"/v1/administrations/{administration_id}/profile", {"kvk_number": "01234567"}
    )
    assert same.status_code == 200
    assert await organisation.events("AdministrationProfileChanged") == []


async def test_a_removed_administration_is_gone_and_its_company_can_come_back(
    organisation: Organisation, outside: Outside
) -> None:
    connection_id = await organisation.connect(outside.grant("A", kvk_number="01234567"))
    [administration_id] = await organisation.import_all(connection_id)
    path = f"/v1/administrations/{administration_id}"
    assert (await organisation.api("DELETE", path)).status_code == 204
    assert {(await organisation.api(method, path)).status_code for method in ("GET", "DELETE")} == {404}
    assert (await organisation.api("GET", "/v1/administrations")).json()["items"] == []
    [removed] = (await organisation.api("GET", "/v1/administrations?state=removed")).json()["items"]
    assert (removed["id"], removed["state"]) == (administration_id, "removed")
    [event] = await organisation.events("AdministrationRemoved")
    assert (event["reason"], event["removed_by"]) == ("removed_by_user", str(organisation.user_id))
    [again] = await organisation.import_all(connection_id)
    assert again != administration_id


async def test_deleting_a_connection_removes_its_administrations_and_no_others(
    organisation: Organisation, outside: Outside, arrivals: Arrivals
) -> None:
    grants = [outside.grant(name, kvk_number="01234567") for name in "ABC"]
    deleted, kept = await organisation.connect(*grants[:2]), await organisation.connect(grants[2])
    removed = set(await organisation.import_all(deleted))
    [left] = await organisation.import_all(kept)
    await arrivals.deliver(*disconnected(organisation.organisation_id, deleted, grants[:2]), times=2)
    assert [
        each["id"] for each in (await organisation.api("GET", "/v1/administrations")).json()["items"]
    ] == [left]
    events = await organisation.events("AdministrationRemoved")
    assert {each["administration_id"] for each in events} == removed
    assert {each["reason"] for each in events} == {"connection_deleted"}
    assert len(events) == len(removed)


async def test_a_company_that_got_another_name_is_renamed_at_the_next_discovery(
    organisation: Organisation, outside: Outside
) -> None:
    grant_id = outside.grant("Old name", kvk_number="01234567")
    connection_id = await organisation.connect(grant_id)
    [administration_id] = await organisation.import_all(connection_id)
    outside.rename(grant_id, "New name")
    await organisation.discover(connection_id)
    assert (await organisation.api("GET", f"/v1/administrations/{administration_id}")).json()[
        "name"
    ] == "New name"
    assert [each["name"] for each in await organisation.events("AdministrationRenamed")] == ["New name"]


async def test_administrations_are_listed_by_connection(organisation: Organisation, outside: Outside) -> None:
    first = await organisation.connect(outside.grant("A", kvk_number="01234567"))
    second = await organisation.connect(outside.grant("B", kvk_number="01234567"))
    await organisation.import_all(first)
    [expected] = await organisation.import_all(second)
    listed = (await organisation.api("GET", f"/v1/administrations?connection_id={second}")).json()["items"]
    assert [each["id"] for each in listed] == [expected]
    assert (await organisation.api("GET", f"/v1/administrations?connection_id={new_id()}")).json()[
        "items"
    ] == []
    assert (await organisation.api("GET", "/v1/administrations?state=lost")).status_code == 422


async def test_every_act_of_a_person_has_one_line_in_the_audit_trail(
    organisation: Organisation, outside: Outside
) -> None:
    [administration_id] = await organisation.import_all(
        await organisation.connect(outside.grant("A", kvk_number="01234567"))
    )
    path = f"/v1/administrations/{administration_id}"
    await organisation.api("PATCH", f"{path}/profile", {"sector": RETAIL})
    await organisation.api("DELETE", path)
    assert await organisation.acts_without_conversation() == []
    assert await organisation.audit() == [
        "import_session.started",
        "import_session.selecting",
        "import_session.selection_changed",
        "import_session.confirmed",
        "administration.profile_changed",
        "administration.removed",
    ]
