"""Exact takes so many token calls a day for each login: they are counted here, by Exact's clock, and never exceeded."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from koppel.kernel.ids import new_id

from .exact import Exact, grant_at, later

FEW = "token_calls=3"


@pytest.fixture
async def organisation(exact: Exact, opened_at_exact: Callable[..., Any]) -> Any:
    await exact.reset(token_calls_per_day=3)
    return await opened_at_exact(FEW)


async def use_up(exact: Exact, organisation: Any, grant_id: str) -> None:
    """A login was the first call; the other two are refreshes."""
    for _ in range(2):
        await later(exact, organisation, 600)
        assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_what_is_used_up_is_not_asked_and_says_until_when(exact: Exact, organisation: Any) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await use_up(exact, organisation, grant_id)
    await later(exact, organisation, 600)
    answer = await organisation.issue_token(grant_id)
    assert (answer.status_code, answer.json()["code"]) == (503, "token_calls_used_up")
    assert 86_400 - 1_802 <= int(answer.headers["Retry-After"]) <= 86_400 - 1_798
    assert (exact.token_calls, await exact.violations()) == (3, {})


async def test_a_token_that_holds_is_issued_all_the_same(exact: Exact, organisation: Any) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await use_up(exact, organisation, grant_id)
    await later(exact, organisation, 590)
    assert (await organisation.issue_token(grant_id)).status_code == 200
    assert exact.token_calls == 3


async def test_when_the_first_of_them_is_a_day_old_there_is_one_again(
    exact: Exact, organisation: Any
) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await use_up(exact, organisation, grant_id)
    await later(exact, organisation, 86_400 - 1_200 - 60)
    assert (await organisation.issue_token(grant_id)).status_code == 503
    await later(exact, organisation, 61)
    assert (await organisation.issue_token(grant_id)).status_code == 200
    assert (await organisation.issue_token(grant_id)).status_code == 200
    assert exact.token_calls == 4


async def test_the_day_is_exact_s_own_whatever_our_clock_says(exact: Exact, organisation: Any) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await use_up(exact, organisation, grant_id)
    organisation.clock.move(days=3)
    assert (await organisation.issue_token(grant_id)).status_code == 200  # there it is as young as before
    await exact.later(600)
    assert (await organisation.issue_token(grant_id)).json()["code"] == "token_calls_used_up"
    await exact.later(86_400)
    assert (await organisation.issue_token(grant_id)).status_code == 200


async def test_a_call_whose_answer_is_lost_counts_too(exact: Exact, organisation: Any) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await later(exact, organisation, 600)
    await organisation.issue_token(grant_id)
    exact.losing = lambda: True
    await later(exact, organisation, 600)
    assert (await organisation.issue_token(grant_id)).json()["code"] == "connection_dropped"
    await later(exact, organisation, 600)
    assert (await organisation.issue_token(grant_id)).json()["code"] == "token_calls_used_up"
    assert exact.token_calls == 3


async def test_logins_are_counted_with_the_refreshes_of_the_same_person_in_any_organisation(
    exact: Exact, organisation: Any, opened_at_exact: Callable[..., Any]
) -> None:
    _, grant_id = await grant_at(exact, organisation)
    elsewhere = await opened_at_exact(FEW)
    started = await elsewhere.connect(provider="exact_online")
    back = await elsewhere.come_back(await exact.log_in(started["authorization_url"]))
    assert back["code"] == "login_in_use"
    await later(exact, organisation, 600)
    assert (await organisation.issue_token(grant_id)).status_code == 200
    await later(exact, organisation, 600)
    assert (await organisation.issue_token(grant_id)).json()["code"] == "token_calls_used_up"


async def test_a_login_for_a_grant_whose_calls_are_used_up_is_refused_before_it_is_made(
    exact: Exact, organisation: Any
) -> None:
    connection_id, grant_id = await grant_at(exact, organisation)
    await use_up(exact, organisation, grant_id)
    again = await organisation.again(connection_id, grant_id=grant_id)
    back = await organisation.come_back(await exact.log_in(again["authorization_url"]))
    assert (back["outcome"], back["code"]) == ("failed", "token_calls_used_up")
    assert (exact.token_calls, await exact.violations()) == (3, {})


async def test_another_person_has_calls_of_the_own(exact: Exact, organisation: Any) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await use_up(exact, organisation, grant_id)
    await grant_at(exact, organisation, username=f"demo-{new_id().hex}")
    assert exact.token_calls == 4


async def test_two_processes_do_not_exceed_them(
    exact: Exact, organisation: Any, opened_at_exact: Callable[..., Any]
) -> None:
    _, grant_id = await grant_at(exact, organisation)
    await use_up(exact, organisation, grant_id)
    other = await opened_at_exact(FEW)
    other.organisation_id = organisation.organisation_id
    await later(exact, organisation, 600)
    assert (await other.issue_token(grant_id)).json()["code"] == "token_calls_used_up"


async def test_what_is_older_than_the_window_is_forgotten(exact: Exact, organisation: Any) -> None:
    _, grant_id = await grant_at(exact, organisation)
    for _ in range(3):
        await later(exact, organisation, 86_400)
        assert (await organisation.issue_token(grant_id)).status_code == 200
    rows = await organisation.rows(
        "select from token_call where login = (select login_hash from connection_grant where id = $1)",
        UUID(grant_id),
    )
    assert len(rows) == 1
