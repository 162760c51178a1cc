"""Assignments of many administrations in one call."""

from typing import Any

from koppel.contracts.values import Role
from koppel.kernel.ids import new_id


async def test_many_are_told_as_each_alone_whatever_way_they_are_named(organisation: Any) -> None:
    await organisation.user("beheerder")
    ids = [str(event.administration_id) for event in await organisation.import_administrations(3)]
    alone = [(await organisation.http.get(f"/v1/administrations/{each}/assignment")).json() for each in ids]
    apart = await organisation.http.get("/v1/assignments", params={"administration_ids": ids})
    assert apart.json() == {"items": alone, "next_cursor": None}
    joined = await organisation.client(Role.SUBMITTER).get(
        f"/v1/assignments?administration_ids={','.join(ids)}"
    )
    assert joined.json() == apart.json()


async def test_unknown_and_other_peoples_are_left_out_and_twice_is_once(new_organisation: Any) -> None:
    organisation, other = new_organisation(), new_organisation()
    [mine] = await organisation.import_administrations(1)
    [theirs] = await other.import_administrations(1)
    named = [mine.administration_id, mine.administration_id, theirs.administration_id, new_id()]
    answer = await organisation.http.get(
        "/v1/assignments", params={"administration_ids": [str(each) for each in named]}
    )
    assert [each["administration_id"] for each in answer.json()["items"]] == [str(mine.administration_id)]


async def test_two_hundred_fit_into_a_query(organisation: Any) -> None:
    ids = sorted(str(event.administration_id) for event in await organisation.import_administrations(200))
    answer = await organisation.http.get("/v1/assignments", params={"administration_ids": ",".join(ids)})
    assert [each["administration_id"] for each in answer.json()["items"]] == ids


async def test_none_too_many_or_no_id_is_refused(organisation: Any) -> None:
    for given in ([], [",".join(str(new_id()) for _ in range(201))], ["x"], [""], [f"{new_id()},"]):
        refused = await organisation.http.get("/v1/assignments", params={"administration_ids": given})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input"), given
