"""Administrations of all offices, as operators list them."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI

from koppel.platform.database import Database
from koppel.testing.operators import AnOperator, operator_at
from koppel.testing.tokens import TokenIssuer

from .organisation import Organisation
from .outside import Outside

PATH = "administrations"


@pytest.fixture
async def operator(app: FastAPI, issuer: TokenIssuer, database: Database) -> AsyncIterator[AnOperator]:
    async with operator_at(app, issuer, database) as made:
        yield made


@pytest.fixture
async def organisations(new_organisation: Callable[[], Organisation], outside: Outside) -> list[Organisation]:
    """Two, each with one administration."""
    made = [new_organisation(), new_organisation()]
    for organisation, name in zip(made, ("Bakkerij Noord", "Bakkerij Zuid"), strict=True):
        await organisation.import_all(await organisation.connect(outside.grant(name, kvk_number="01234567")))
    return made


async def test_administrations_are_those_of_every_organisation_as_it_sees_them_itself(
    organisations: list[Organisation], operator: AnOperator
) -> None:
    own = [
        {"organisation_id": str(each.organisation_id), **item}
        for each in organisations
        for item in (await each.api("GET", "/v1/administrations")).json()["items"]
    ]
    listed = await operator.every(PATH)
    assert [each for each in own if each not in listed] == []
    assert len(own) == 2
    route = f"/ops/v1/{PATH}"
    assert {(each.organisation_id, route) for each in organisations} <= set(await operator.reads())
    assert len(await operator.reads()) == len({each["organisation_id"] for each in listed})


async def test_a_company_is_found_by_its_name_and_an_organisation_alone(
    organisations: list[Organisation], operator: AnOperator
) -> None:
    noord, zuid = (str(each.organisation_id) for each in organisations)
    found = await operator.get(PATH, q="bakkerij noord", organisation_id=noord, total=True)
    assert [each["name"] for each in found["items"]] == ["Bakkerij Noord"]
    assert found["total"] == 1
    assert noord in {each["organisation_id"] for each in await operator.every(PATH, q="BAKKERIJ NOORD")}
    assert (await operator.get(PATH, q="bakkerij noord", organisation_id=zuid, total=True))["total"] == 0


async def test_state_and_moment_of_the_import_are_filters_too(
    organisations: list[Organisation], operator: AnOperator
) -> None:
    organisation = organisations[0]
    whose = str(organisation.organisation_id)
    (item,) = await operator.every(PATH, organisation_id=whose)
    (await organisation.api("DELETE", f"/v1/administrations/{item['id']}")).raise_for_status()
    assert await operator.every(PATH, organisation_id=whose) == []
    assert [each["id"] for each in await operator.every(PATH, organisation_id=whose, state="removed")] == [
        item["id"]
    ]
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert await operator.every(PATH, organisation_id=whose, state="removed", since=tomorrow) == []
    imported_at = item["imported_at"]
    assert len(await operator.every(PATH, organisation_id=whose, state="removed", since=imported_at)) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"state": "gone"},
        {"organisation_id": "noord"},
        {"sort": "size"},
        {"since": "yesterday"},
        {"cursor": "1"},
    ],
)
async def test_what_it_does_not_know_is_refused(operator: AnOperator, query: dict[str, str]) -> None:
    status, _ = await operator.refusal(PATH, **query)
    assert status == 422


async def test_it_needs_the_right(app: FastAPI, issuer: TokenIssuer, database: Database) -> None:
    async with operator_at(app, issuer, database, "replay", "preview", "payload") as nosy:
        assert await nosy.refusal(PATH) == (403, "forbidden")


async def test_one_is_found_by_its_id_in_every_state(
    organisations: list[Organisation], operator: AnOperator
) -> None:
    whose = str(organisations[0].organisation_id)
    (item,) = await operator.every(PATH, organisation_id=whose)
    assert await operator.every(PATH, administration_id=item["id"]) == [item]
    (await organisations[0].api("DELETE", f"/v1/administrations/{item['id']}")).raise_for_status()
    removed = await operator.every(PATH, administration_id=item["id"])
    assert [(each["id"], each["state"]) for each in removed] == [(item["id"], "removed")]
