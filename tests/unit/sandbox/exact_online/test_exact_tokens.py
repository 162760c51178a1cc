"""Chains of tokens at the sandbox's Exact Online: when a refresh is good, and what ends a chain."""

import asyncio

import pytest
from tests.unit.sandbox.exact_online.organisation import CALLBACK, CLIENT, SMALL, Organisation


@pytest.fixture
def organisation() -> Organisation:
    return Organisation()


async def test_a_login_gives_a_pair_for_ten_minutes_and_says_so_in_text(organisation: Organisation) -> None:
    code = await organisation.code()
    assert "!" in code
    answer = await organisation.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    tokens = answer.json()
    assert set(tokens) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert tokens["expires_in"] == "600"
    assert (await organisation.get(tokens, "current/Me")).status_code == 200
    again = await organisation.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    await organisation.later(600)
    assert (await organisation.get(tokens, "current/Me")).status_code == 401


async def test_a_refresh_before_570_seconds_is_refused_with_its_reason_and_told_in_the_ledger(
    organisation: Organisation,
) -> None:
    tokens = await organisation.log_in()
    await organisation.later(569)
    early = await organisation.refresh(tokens)
    assert (early.status_code, early.json()["error"]) == (400, "access_denied")
    assert early.json()["error_description"] == "Rate limit exceeded: access_token not expired"
    assert early.headers["reason"].startswith("TooEarlyToRefreshTokens")
    assert await organisation.violations() == {"early_refresh": 1}
    await organisation.later(1)
    assert (await organisation.refresh(tokens)).status_code == 200


async def test_a_refresh_token_works_once(organisation: Organisation) -> None:
    first = await organisation.log_in()
    await organisation.later(575)
    second = (await organisation.refresh(first)).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert (await organisation.refresh(first)).headers["reason"].startswith("TooEarly")
    await organisation.later(575)
    used = await organisation.refresh(first)
    assert (used.status_code, used.json()["error"]) == (401, "unauthorized_client")
    assert used.json()["error_description"] == "Old refresh token used."
    assert (await organisation.refresh(second)).status_code == 200


async def test_a_used_refresh_token_may_work_again_when_the_sandbox_is_told_so() -> None:
    organisation = Organisation({**SMALL})
    await organisation.control("POST", "reset", {"used_refresh_token_seconds": 600})
    first = await organisation.log_in()
    await organisation.later(575)
    await organisation.refresh(first)
    await organisation.later(575)
    second = await organisation.refresh(first)
    assert second.status_code == 200
    await organisation.later(575)
    assert (await organisation.refresh(second.json())).status_code == 200


async def test_a_second_login_of_the_same_person_ends_the_chain_of_the_first(
    organisation: Organisation,
) -> None:
    first, other = await organisation.log_in("demo"), await organisation.log_in("anna")
    second = await organisation.log_in("demo")
    await organisation.later(575)
    dead = await organisation.refresh(first)
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")
    assert "chainId" in dead.json()["error_description"]
    assert (await organisation.get(first, "current/Me")).status_code == 401
    assert [(await organisation.refresh(each)).status_code for each in (second, other)] == [200, 200]


async def test_a_chain_that_nobody_used_for_thirty_days_is_over(organisation: Organisation) -> None:
    tokens = await organisation.log_in()
    await organisation.later(30 * 86_400)
    expired = await organisation.refresh(tokens)
    assert (expired.status_code, expired.json()["error"]) == (400, "invalid_request")
    assert expired.json()["error_description"].startswith("The refresh token expired at ")


async def test_token_calls_of_a_day_are_counted_refused_ones_too() -> None:
    organisation = Organisation()
    await organisation.control("POST", "reset", {"token_calls_per_day": 3})
    tokens = await organisation.log_in()
    for _ in range(2):
        await organisation.refresh(tokens)
    await organisation.later(600)
    over = await organisation.refresh(tokens)
    assert over.status_code == 429
    windows = (await organisation.control("GET", "ledger"))["windows"]
    calls = next(each for each in windows if each["window"] == "token_calls_per_day")
    assert (calls["key"], calls["used"], calls["refused"]) == ("koppel-local/demo", 3, 1)
    assert await organisation.violations() == {"early_refresh": 2, "token_calls_per_day": 1}
    await organisation.later(86_400)
    assert (await organisation.refresh(tokens)).status_code == 200


async def test_the_client_is_known_by_the_body_only(organisation: Organisation) -> None:
    code = await organisation.code()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    async with organisation.client() as http:
        answer = await http.post(
            "/exact_online/api/oauth2/token",
            data=form,
            auth=(CLIENT["client_id"], CLIENT["client_secret"]),
        )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_code_holds_three_minutes(organisation: Organisation) -> None:
    code = await organisation.code()
    await organisation.later(180)
    late = await organisation.token(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
    assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")


async def test_another_country_knows_neither_tokens_nor_divisions(organisation: Organisation) -> None:
    dutch, belgian = await organisation.log_in(), await organisation.log_in(region="/be")
    assert (await organisation.get(belgian, "current/Me")).status_code == 401
    async with organisation.client() as http:
        headers = {"authorization": f"Bearer {belgian['access_token']}", "accept": "application/json"}
        me = await http.get("/exact_online/be/api/v1/current/Me", headers=headers)
        listed = await http.get("/exact_online/be/api/v1/1/system/Divisions", headers=headers)
    assert me.status_code == 200
    countries = {each["Country"] for each in listed.json()["d"]["results"]}
    assert countries == {"BE"}
    assert (await organisation.get(dutch, "current/Me")).status_code == 200, (
        "a login abroad ends no chain here"
    )


async def test_two_refreshes_at_the_same_time_give_one_pair(organisation: Organisation) -> None:
    tokens = await organisation.log_in()
    await organisation.later(575)
    answers = await asyncio.gather(organisation.refresh(tokens), organisation.refresh(tokens))
    assert sorted(answer.status_code for answer in answers) == [200, 400]


async def test_whoever_is_called_demo_and_something_is_another_person_with_the_same_reach(
    organisation: Organisation,
) -> None:
    first, other = await organisation.log_in("demo"), await organisation.log_in("demo-office-2")
    people = [(await organisation.get(tokens, "current/Me")).json()["d"] for tokens in (first, other)]
    (one,), (two,) = (d if isinstance(d, list) else d["results"] for d in people)
    assert one["UserID"] != two["UserID"]
    assert one["CurrentDivision"] == two["CurrentDivision"]
