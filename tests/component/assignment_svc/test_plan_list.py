"""The plans of an organisation."""

from typing import Any

import pytest

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id

PLANS = "/v1/assignment-plans"


async def planned(organisation: Any, number: int) -> list[str]:
    """Plans for all administrations, of which the first is applied and the second undone as well."""
    person = await organisation.user("beheerder")
    ids = []
    for place in range(number):
        wish = {"users": {"mode": "remove" if place else "replace", "ids": [str(person)]}}
        made = await organisation.http.post(PLANS, json={"administration_ids": "all", "set": wish})
        assert made.status_code == 201, made.text
        ids.append(made.json()["id"])
    return ids


async def listed(organisation: Any, query: str = "") -> list[dict[str, Any]]:
    answer = await organisation.http.get(f"{PLANS}{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_plans_are_listed_newest_first_page_by_page(organisation: Any) -> None:
    await organisation.import_administrations(2)
    ids = await planned(organisation, 3)
    first = (await organisation.http.get(f"{PLANS}?limit=2&total=true")).json()
    assert first["total"] == 3
    rest = (await organisation.http.get(f"{PLANS}?limit=2&cursor={first['next_cursor']}")).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None


async def test_a_listed_plan_says_how_much_it_is_about_and_where_it_stands(organisation: Any) -> None:
    await organisation.import_administrations(2)
    [plan_id, other] = await planned(organisation, 2)
    await organisation.http.post(f"{PLANS}/{plan_id}/apply")
    [applied] = await listed(organisation, "?state=applied")
    whole = (await organisation.http.get(f"{PLANS}/{plan_id}")).json()
    assert applied == {
        **{
            name: whole[name]
            for name in ("id", "state", "created_by", "created_at", "applied_at", "undone_at")
        },
        "administrations": whole["summary"]["administrations"],
        "changed": whole["summary"]["changed"],
    }
    assert applied["administrations"] == 2
    assert [each["id"] for each in await listed(organisation, "?state=planned")] == [other]
    assert await listed(organisation, "?state=undone") == []


async def test_readers_see_plans_and_other_organisations_do_not(new_organisation: Any) -> None:
    organisation, other = new_organisation(), new_organisation()
    await organisation.import_administrations(1)
    await planned(organisation, 1)
    assert len((await organisation.client(Role.SUBMITTER).get(PLANS)).json()["items"]) == 1
    assert await listed(other) == []


@pytest.mark.parametrize("query", ["?state=gone", "?cursor=x", f"?limit=201&cursor={new_id()}"])
async def test_what_is_no_state_or_place_is_refused(organisation: Any, query: str) -> None:
    assert (await organisation.http.get(f"{PLANS}{query}")).status_code == 422


async def test_a_plan_applied_in_part_says_of_each_row_applied_or_conflict_and_why(organisation: Any) -> None:
    await organisation.import_administrations(3)
    [plan_id] = await planned(organisation, 1)
    plan = (await organisation.http.get(f"{PLANS}/{plan_id}")).json()
    moved = plan["changes"][0]["administration_id"]
    wish = {"division_id": await organisation.put("divisions")}
    other = await organisation.http.post(PLANS, json={"administration_ids": [moved], "set": wish})
    await organisation.http.post(f"{PLANS}/{other.json()['id']}/apply")
    assert (await organisation.http.post(f"{PLANS}/{plan_id}/apply")).status_code == 409
    answer = await organisation.http.post(f"{PLANS}/{plan_id}/apply", json={"partial": True})
    rows = [(row["outcome"], row.get("why"), row["version"]) for row in answer.json()["results"]]
    assert rows == [("conflict", "reassigned", None), ("applied", None, 2), ("applied", None, 2)]
    assert (await organisation.http.get(f"{PLANS}/{plan_id}")).json()["results"] == answer.json()["results"]
    undone = await organisation.http.post(f"{PLANS}/{plan_id}/undo")
    assert [row["outcome"] for row in undone.json()["results"]] == ["conflict", "changed", "changed"]
