"""Assignments of all offices, as operators list them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from koppel.kernel.ids import new_id
from koppel.platform.database import Database
from koppel.testing.operators import AnOperator, operator_at
from koppel.testing.tokens import TokenIssuer

PATH = "assignments"


@pytest.fixture
async def operator(app: FastAPI, issuer: TokenIssuer, database: Database) -> AsyncIterator[AnOperator]:
    async with operator_at(app, issuer, database) as made:
        yield made


async def test_assignments_are_those_of_every_organisation_as_it_sees_them_itself(
    new_organisation: Any, operator: AnOperator
) -> None:
    own = {}
    for organisation in (new_organisation(), new_organisation()):
        await organisation.user("beheerder")
        [imported] = await organisation.import_administrations(1)
        path = f"/v1/administrations/{imported.administration_id}/assignment"
        own[str(organisation.id)] = (await organisation.http.get(path)).json() | {"name": imported.name}
    listed = {each.pop("organisation_id"): each for each in await operator.every(PATH)}
    assert own.items() <= listed.items()
    assert {whose for whose, _ in await operator.reads()} == {*map(_uuid, listed)}


def _uuid(text: str) -> Any:
    return type(new_id())(text)


async def test_one_organisation_user_or_name_can_be_asked_for(
    new_organisation: Any, operator: AnOperator
) -> None:
    organisation, other = new_organisation(), new_organisation()
    user = await organisation.user("beheerder")
    [imported] = await organisation.import_administrations(1)
    await other.import_administrations(1)
    of_one = await operator.get(PATH, organisation_id=organisation.id, total=True)
    assert of_one["total"] == 1
    assert [each["administration_id"] for each in of_one["items"]] == [str(imported.administration_id)]
    assert await operator.every(PATH, user_id=user) == of_one["items"]
    assert await operator.every(PATH, user_id=user, q=imported.name.upper()) == of_one["items"]
    assert await operator.every(PATH, user_id=user, q="nothing like it") == []
    assert await operator.reads() == [(organisation.id, "/ops/v1/assignments")]


async def test_an_id_of_nothing_is_an_empty_list_and_one_that_is_none_is_refused(
    operator: AnOperator,
) -> None:
    assert (await operator.get(PATH, organisation_id=new_id(), total=True))["total"] == 0
    assert await operator.refusal(PATH, organisation_id="all") == (422, "invalid_input")


@pytest.mark.parametrize("rights", [("replay",), ("preview", "payload")])
async def test_it_needs_the_right(
    app: FastAPI, issuer: TokenIssuer, database: Database, rights: tuple[str, ...]
) -> None:
    async with operator_at(app, issuer, database, *rights) as nosy:
        assert await nosy.refusal(PATH) == (403, "forbidden")
        assert await nosy.reads() == []
