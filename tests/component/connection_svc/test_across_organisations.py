"""Connections of all offices, as operators list them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from koppel.kernel.ids import new_id
from koppel.testing.operators import AnOperator

PATH = "connections"


@pytest.fixture
def operator(organisation: Any) -> AnOperator:
    user = new_id()
    token = organisation.issuer.person(user=user, rights=("operator",))
    return AnOperator(organisation.client(token), organisation.database, user)


async def test_connections_are_those_of_every_organisation_as_it_sees_them_itself(
    organisation: Any, operator: AnOperator
) -> None:
    await organisation.grant()
    (own,) = (await organisation.api.get("/v1/connections")).json()["items"]
    whose = str(organisation.organisation_id)
    assert {"organisation_id": whose, **own} in await operator.every(PATH)
    assert (organisation.organisation_id, "/ops/v1/connections") in await operator.reads()
    of_one = await operator.get(PATH, organisation_id=whose, total=True)
    assert (of_one["total"], of_one["items"]) == (1, [{"organisation_id": whose, **own}])


async def test_those_that_need_a_login_are_found_by_state_code_and_since_when(
    organisation: Any, operator: AnOperator
) -> None:
    whose, (connection_id, grant_id) = str(organisation.organisation_id), await organisation.grant()
    await organisation.connect()
    await organisation.rows(
        "update connection_grant set state = 'reauthorization_required', reason = 'invalid_grant', "
        "who_must_act = 'customer' where id = $1::text::uuid",
        grant_id,
    )
    await organisation.rows(
        "update connection set state = 'reauthorization_required' where id = $1::text::uuid", connection_id
    )
    for query in ({"state": "reauthorization_required"}, {"code": "invalid_grant"}):
        found = await operator.every(PATH, organisation_id=whose, **query)
        assert [each["id"] for each in found] == [connection_id]
        assert found[0]["health"]["reason"] == "invalid_grant"
    assert await operator.every(PATH, organisation_id=whose, code="rotation_lost") == []
    later = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    assert await operator.every(PATH, organisation_id=whose, since=later) == []


async def test_they_are_searched_by_name_company_and_provider_and_in_order_of_names(
    organisation: Any, operator: AnOperator
) -> None:
    whose = str(organisation.organisation_id)
    await organisation.grant(company="acme")
    for name in ("b", "A"):
        await organisation.connect(name=name)
    names = [each["name"] for each in await operator.every(PATH, organisation_id=whose, sort="-name")]
    assert names == sorted(names, key=str.lower, reverse=True)
    (company,) = (await operator.every(PATH, organisation_id=whose, state="active"))[0]["grants"]
    for q, count in {company["company"]["name"].upper(): 1, "EACCOUNT": 3, "nothing": 0, " ": 3}.items():
        assert len(await operator.every(PATH, organisation_id=whose, q=q)) == count, q


async def test_deleted_ones_come_when_they_are_asked_for(organisation: Any, operator: AnOperator) -> None:
    whose, created = str(organisation.organisation_id), await organisation.connect()
    (await organisation.api.delete(f"/v1/connections/{created['id']}")).raise_for_status()
    assert await operator.every(PATH, organisation_id=whose) == []
    assert [each["id"] for each in await operator.every(PATH, organisation_id=whose, state="deleted")] == [
        created["id"]
    ]


async def test_one_is_found_by_its_id_in_every_state(organisation: Any, operator: AnOperator) -> None:
    created, other = await organisation.connect(), await organisation.connect()
    (await organisation.api.delete(f"/v1/connections/{created['id']}")).raise_for_status()
    for which in (created["id"], other["id"]):
        assert [each["id"] for each in await operator.every(PATH, connection_id=which)] == [which]


@pytest.mark.parametrize(
    "query", [{"state": "broken"}, {"code": "No code"}, {"since": "x"}, {"organisation_id": ""}]
)
async def test_what_it_does_not_know_is_refused(operator: AnOperator, query: dict[str, str]) -> None:
    assert await operator.refusal(PATH, **query) == (422, "invalid_input")


async def test_it_needs_the_right(organisation: Any) -> None:
    nosy = organisation.client(organisation.issuer.person(rights=("replay", "preview", "payload")))
    assert (await nosy.get("/ops/v1/connections")).status_code == 403
