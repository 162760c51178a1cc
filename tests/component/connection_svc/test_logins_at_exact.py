"""Logins at Exact: who is asked there, and every page of its divisions, with the tokens that a login has just brought."""

from collections.abc import Callable
from typing import Any

import pytest

from .exact import Exact, grant_at, later
from .persons import serve


@pytest.fixture
async def organisation(exact: Exact, opened_at_exact: Callable[..., Any]) -> Any:
    await exact.reset(companies=130, statuses={"archived": 2, "blocked": 1})
    return await opened_at_exact("off")  # each test empties the sandbox's windows, and not our ledger


@pytest.fixture
async def elsewhere(organisation: Any, opened_at_exact: Callable[..., Any]) -> Any:
    return await opened_at_exact("off")


async def divisions(exact: Exact) -> list[str]:
    return [each["id"] for each in (await exact.control("GET", "settings"))["companies"]]


async def log_in_again(exact: Exact, organisation: Any, started: Any, **person: Any) -> Any:
    return await organisation.come_back(await exact.log_in(started["authorization_url"], **person))


async def test_a_login_elsewhere_leaves_the_grant_working_with_the_new_chain(
    exact: Exact, organisation: Any, elsewhere: Any
) -> None:
    """Its administrations stand on the first page, on the last one, and one is archived."""
    connection_id, grant_id = await grant_at(exact, organisation)
    every = await divisions(exact)
    await serve(organisation, grant_id, every[0], every[100], every[-1])
    back = await log_in_again(exact, elsewhere, await elsewhere.connect(provider="exact_online"))
    assert back["code"] == "login_in_use"
    assert (await organisation.get(connection_id))["state"] == "active"
    await later(exact, organisation, 600)
    assert (await organisation.issue_token(grant_id)).status_code == 200
    assert await exact.violations() == {}


async def test_a_login_elsewhere_that_leaves_a_division_of_ours_out_ends_the_grant(
    exact: Exact, organisation: Any, elsewhere: Any
) -> None:
    connection_id, grant_id = await grant_at(exact, organisation)
    left_out = (await divisions(exact))[70]
    await serve(organisation, grant_id, left_out)
    started = await elsewhere.connect(provider="exact_online")
    back = await log_in_again(exact, elsewhere, started, without=[left_out])
    assert back["code"] == "login_in_use"
    assert (await organisation.get(connection_id))["health"]["reason"] == "login_taken_elsewhere"


async def test_a_renewal_that_leaves_a_division_of_ours_out_is_refused_and_names_it(
    exact: Exact, organisation: Any
) -> None:
    connection_id, grant_id = await grant_at(exact, organisation)
    one, other = (await divisions(exact))[3:5]
    [kept, left_out] = await serve(organisation, grant_id, one, other)
    again = await organisation.again(connection_id, grant_id=grant_id)
    back = await log_in_again(exact, organisation, again, without=[other])
    assert (back["code"], back["missing"]) == ("administrations_missing", str(left_out.administration_id))
    assert str(kept.administration_id) not in back["missing"]
    assert (await organisation.get(connection_id))["state"] == "reauthorization_required"

    again = await organisation.again(connection_id, grant_id=grant_id)
    assert (await log_in_again(exact, organisation, again))["outcome"] == "authorized"
    assert (await organisation.get(connection_id))["state"] == "active"


async def test_a_renewal_by_another_person_is_refused_and_the_grant_lives_on(
    exact: Exact, organisation: Any
) -> None:
    connection_id, grant_id = await grant_at(exact, organisation)
    again = await organisation.again(connection_id, grant_id=grant_id)
    back = await log_in_again(exact, organisation, again, username="anna")
    assert back["code"] == "login_mismatch"
    await later(exact, organisation, 600)
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_the_same_person_again_at_another_connection_renews_the_first_grant(
    exact: Exact, organisation: Any
) -> None:
    _, grant_id = await grant_at(exact, organisation)
    started = await organisation.connect(provider="exact_online")
    assert (await log_in_again(exact, organisation, started))["outcome"] == "authorized"
    assert (await organisation.get(started["id"]))["grants"] == []
    await later(exact, organisation, 600)
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_the_same_person_in_another_country_is_another_login(
    exact: Exact, organisation: Any, elsewhere: Any
) -> None:
    """Registrations, tokens and divisions do not carry over, so neither login ends the other."""
    _, dutch = await grant_at(exact, organisation)
    started = await elsewhere.connect(provider="exact_online", region="be")
    assert (await log_in_again(exact, elsewhere, started))["outcome"] == "authorized"
    [belgian] = (await elsewhere.get(started["id"]))["grants"]
    await later(exact, organisation, 600)
    assert (await organisation.issue_token(dutch)).status_code == 200
    elsewhere.clock.move(seconds=1)
    assert (await elsewhere.issue_token(belgian["id"])).json()["api_base_url"].endswith("/be/api/v1")
    assert await exact.violations() == {}


async def test_a_country_that_is_not_there_is_refused(organisation: Any) -> None:
    wanted = {"provider": "exact_online", "return_url": "http://127.0.0.1:9999/done", "region": "xx"}
    answer = await organisation.api.post("/v1/connections", json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (422, "region_unknown")
