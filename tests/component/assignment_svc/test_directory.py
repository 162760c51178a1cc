"""`/v1/users`, `/v1/divisions`, `/v1/templates`."""

from typing import Any

import pytest

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id

SANNE = {"name": "Sanne de Vries", "email": "sanne@kantoor.example", "role": "beheerder"}


async def test_a_user_is_created_replaced_read_and_deleted(organisation: Any) -> None:
    place = f"/v1/users/{new_id()}"
    created = await organisation.http.put(place, json=SANNE)
    replaced = await organisation.http.put(place, json=SANNE | {"role": "user", "name": " Sanne "})
    assert (created.status_code, replaced.status_code) == (200, 200)
    assert (await organisation.http.get(place)).json() == {
        "id": place.rpartition("/")[2],
        "name": "Sanne",
        "email": "sanne@kantoor.example",
        "role": "user",
    }
    assert (await organisation.http.delete(place)).status_code == 204
    assert (await organisation.http.get(place)).json()["code"] == "user_not_found"
    assert (await organisation.http.delete(place)).status_code == 404


@pytest.mark.parametrize("kind", ["division", "template"])
async def test_an_entry_is_created_replaced_read_and_deleted(organisation: Any, kind: str) -> None:
    place = f"/v1/{kind}s/{new_id()}"
    await organisation.http.put(place, json={"name": "Noord"})
    await organisation.http.put(place, json={"name": "Noord-West"})
    assert (await organisation.http.get(place)).json() == {
        "id": place.rpartition("/")[2],
        "name": "Noord-West",
    }
    assert (await organisation.http.delete(place)).status_code == 204
    missing = await organisation.http.delete(place)
    assert (missing.status_code, missing.json()["code"]) == (404, f"{kind}_not_found")


@pytest.mark.parametrize("collection", ["users", "divisions", "templates"])
async def test_a_list_is_paged_to_its_end(organisation: Any, collection: str) -> None:
    fields = {"email": "a@b.example", "role": "user"} if collection == "users" else {}
    ids = [await organisation.put(collection, **fields) for _ in range(5)]
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await organisation.http.get(f"/v1/{collection}", params=query)).json()
        seen += [item["id"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == sorted(ids)


@pytest.mark.parametrize("collection", ["users", "divisions", "templates"])
async def test_a_list_is_searched_and_counted(organisation: Any, collection: str) -> None:
    fields = {"email": "a@b.example", "role": "user"} if collection == "users" else {}
    for name in ("Noord", "Noord-West", "Zuid"):
        await organisation.put(collection, name=name, **fields)
    found = (await organisation.http.get(f"/v1/{collection}?q=NOORD&total=true&limit=1")).json()
    assert (len(found["items"]), found["total"]) == (1, 2)
    assert (await organisation.http.get(f"/v1/{collection}?q=oost&total=true")).json()["total"] == 0
    assert (await organisation.http.get(f"/v1/{collection}")).json()["total"] is None


async def test_users_are_searched_by_their_addresses(organisation: Any) -> None:
    await organisation.http.put(f"/v1/users/{new_id()}", json=SANNE)
    found = (await organisation.http.get("/v1/users?q=KANTOOR.example&total=true")).json()
    assert [each["name"] for each in found["items"]] == [SANNE["name"]]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"role": "president"}, "/role"),
        ({"email": "sanne"}, "/email"),
        ({"email": "sanne@kantoor"}, "/email"),
        ({"name": "  "}, "/name"),
        ({"name": None}, "/name"),
        ({"colour": "blue"}, "/colour"),
    ],
)
async def test_bad_fields_are_named(organisation: Any, change: dict[str, Any], pointer: str) -> None:
    answer = await organisation.http.put(f"/v1/users/{new_id()}", json=SANNE | change)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_bad_id_is_named(organisation: Any) -> None:
    answer = await organisation.http.put("/v1/users/sanne", json=SANNE)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "path/user_id")


async def test_only_beheerder_and_team_leader_change_the_directory(organisation: Any) -> None:
    place = f"/v1/divisions/{new_id()}"
    for role in Role:
        answer = await organisation.client(role).put(place, json={"name": "Noord"})
        assert answer.status_code == (200 if role in {Role.BEHEERDER, Role.TEAM_LEADER} else 403)
        assert (await organisation.client(role).get(place)).status_code == 200


@pytest.mark.parametrize("kind", ["division", "template"])
async def test_an_entry_in_use_stays(organisation: Any, kind: str) -> None:
    entry = await organisation.put(f"{kind}s")
    await organisation.import_administrations(1)
    plan = await organisation.http.post(
        "/v1/assignment-plans", json={"administration_ids": "all", "set": {f"{kind}_id": entry}}
    )
    await organisation.http.post(f"/v1/assignment-plans/{plan.json()['id']}/apply")
    answer = await organisation.http.delete(f"/v1/{kind}s/{entry}")
    assert (answer.status_code, answer.json()["code"]) == (409, f"{kind}_in_use")


async def test_a_deleted_user_sees_nothing_and_is_seen_nowhere(organisation: Any) -> None:
    beheerder = await organisation.user("beheerder")
    [event] = await organisation.import_administrations(1)
    await organisation.http.delete(f"/v1/users/{beheerder}")
    assignment = await organisation.http.get(f"/v1/administrations/{event.administration_id}/assignment")
    assert (assignment.json()["user_ids"], assignment.json()["version"]) == ([], 2)
    assert (await organisation.http.get(f"/v1/users/{beheerder}/administrations")).status_code == 404


async def test_another_organisations_directory_does_not_exist(new_organisation: Any) -> None:
    organisation, other = new_organisation(), new_organisation()
    theirs = await other.user()
    assert (await organisation.http.get(f"/v1/users/{theirs}")).status_code == 404
    assert (await organisation.http.delete(f"/v1/users/{theirs}")).status_code == 404
    assert (await organisation.http.get("/v1/users")).json()["items"] == []
    await organisation.http.put(f"/v1/users/{theirs}", json=SANNE)
    assert (await other.http.get(f"/v1/users/{theirs}")).json()["role"] == "user", "an id is an office's own"
