"""A login that renews a grant must reach every administration that the grant serves."""

from typing import Any

import pytest

from koppel.kernel.errors import Transient

from .persons import Person, serve
from .test_one_login import tokens_of


@pytest.fixture
async def served(organisation: Any, person: Person) -> tuple[str, str, list[str]]:
    """Ids of a connection, its grant and the two administrations that this serves."""
    connection_id, grant_id = await organisation.grant()
    events = await serve(organisation, grant_id, "1", "2")
    return connection_id, grant_id, [str(each.administration_id) for each in events]


@pytest.mark.parametrize("subject", ["somebody", None], ids=["told who", "nobody told"])
async def test_a_login_that_reaches_them_all_renews_the_grant(
    organisation: Any, person: Person, subject: str | None
) -> None:
    person.subject = subject
    connection_id, grant_id = await organisation.grant()
    await serve(organisation, grant_id, "1", "2")
    person.reaches = {"1", "2", "3"}
    back = await organisation.finish(await organisation.again(connection_id, grant_id=grant_id))
    assert back["outcome"] == "authorized"
    assert (await tokens_of(organisation, grant_id))["token_version"] == 2


async def test_a_login_that_leaves_one_out_is_refused_and_names_it(organisation: Any, person: Person) -> None:
    person.subject = None
    connection_id, grant_id = await organisation.grant()
    left_out = (await serve(organisation, grant_id, "1", "2"))[1]
    before = await tokens_of(organisation, grant_id)
    person.reaches = {"1"}
    back = await organisation.finish(await organisation.again(connection_id, grant_id=grant_id))
    assert (back["outcome"], back["code"]) == ("failed", "administrations_missing")
    assert back["missing"] == str(left_out.administration_id)
    assert (await tokens_of(organisation, grant_id))["access_token"] == before["access_token"]
    assert organisation.provider.revoked == organisation.provider.known_refresh_tokens[-1:]
    assert (await organisation.get(connection_id))["state"] == "active"
    [audit] = await organisation.rows(
        "select reason from audit_entry where organisation_id = $1 and action = 'login.refused'",
        organisation.organisation_id,
    )
    assert audit["reason"] == "administrations_missing"


async def test_the_same_person_with_less_needs_to_log_in_again_where_the_former_tokens_are_dead(
    organisation: Any, person: Person, served: tuple[str, str, list[str]]
) -> None:
    connection_id, grant_id, ids = served
    back = await organisation.finish(await organisation.again(connection_id))
    assert (back["code"], back["missing"].split(",")) == ("administrations_missing", sorted(ids))
    assert (await organisation.get(connection_id))["health"]["reason"] == "login_taken_elsewhere"
    assert (await tokens_of(organisation, grant_id))["token_version"] == 1


async def test_no_more_than_twenty_are_named(organisation: Any, person: Person) -> None:
    connection_id, grant_id = await organisation.grant()
    await serve(organisation, grant_id, *(str(each) for each in range(30)))
    back = await organisation.finish(await organisation.again(connection_id, grant_id=grant_id))
    assert len(back["missing"].split(",")) == 20


async def test_a_list_that_cannot_be_had_renews_nothing(
    organisation: Any, person: Person, served: tuple[str, str, list[str]]
) -> None:
    connection_id, grant_id, _ = served
    person.fails = Transient("provider_timeout", "Slow.")
    back = await organisation.finish(await organisation.again(connection_id, grant_id=grant_id))
    assert back["code"] == "provider_timeout"
    assert organisation.provider.revoked == organisation.provider.known_refresh_tokens[-1:]
    assert (await tokens_of(organisation, grant_id))["token_version"] == 1


async def test_a_grant_that_serves_nothing_asks_for_no_list(organisation: Any, person: Person) -> None:
    connection_id, grant_id = await organisation.grant()
    assert (await organisation.finish(await organisation.again(connection_id, grant_id=grant_id)))[
        "outcome"
    ] == "authorized"
    assert person.asked == []


async def test_an_administration_that_moved_to_another_grant_need_not_be_reached(
    organisation: Any, person: Person, served: tuple[str, str, list[str]]
) -> None:
    connection_id, grant_id, ids = served
    person.subject = "somebody-else"
    _, other = await organisation.grant()
    async with organisation.use_cases.unit_of_work.begin(None) as tx:
        for each in ids:
            await tx.within(organisation.organisation_id).served.move(each, other)
    person.subject = (await organisation.get(connection_id))["grants"][0]["login"]["subject"]
    assert (await organisation.finish(await organisation.again(connection_id, grant_id=grant_id)))[
        "outcome"
    ] == "authorized"
