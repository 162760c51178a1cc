"""Forged, stolen and replayed callbacks: every one is refused, and none reaches the token endpoint."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest

from koppel.kernel.ids import new_id

Attack = Callable[[Any, Any], Awaitable[httpx.Response]]


async def missing_state(organisation: Any, created: Any) -> httpx.Response:
    return await organisation.api.get(organisation.provider.log_in(created["authorization_url"], state=None))


async def guessed_state(organisation: Any, created: Any) -> httpx.Response:
    return await organisation.api.get(
        organisation.provider.log_in(created["authorization_url"], state="A" * 43)
    )


async def two_states(organisation: Any, created: Any) -> httpx.Response:
    return await organisation.api.get(
        organisation.provider.log_in(created["authorization_url"]) + "&state=other"
    )


async def state_in_another_case(organisation: Any, created: Any) -> httpx.Response:
    state = parse_qs(urlsplit(created["authorization_url"]).query)["state"][0].swapcase()
    return await organisation.api.get(organisation.provider.log_in(created["authorization_url"], state=state))


async def state_of_another_provider(organisation: Any, created: Any) -> httpx.Response:
    back = organisation.provider.log_in(created["authorization_url"])
    return await organisation.api.get(back.replace("/eaccounting/", "/exact_online/"))


async def stored_hash_as_state(organisation: Any, created: Any) -> httpx.Response:
    (row,) = await organisation.rows(
        "select state_sha256 from login_round where connection_id = $1", created["id"]
    )
    return await organisation.api.get(
        organisation.provider.log_in(created["authorization_url"], state=row["state_sha256"].hex())
    )


async def expired_state(organisation: Any, created: Any) -> httpx.Response:
    organisation.clock.move(minutes=10, seconds=1)
    return await organisation.api.get(organisation.provider.log_in(created["authorization_url"]))


async def a_browser_without_the_cookie(organisation: Any, created: Any) -> httpx.Response:
    async with organisation.client() as victim:
        return await victim.get(organisation.provider.log_in(created["authorization_url"]))


async def a_browser_with_another_logins_cookie(organisation: Any, created: Any) -> httpx.Response:
    stranger = await _someone_else(organisation)
    return await stranger.get(organisation.provider.log_in(created["authorization_url"]))


async def another_organisations_browser(organisation: Any, created: Any) -> httpx.Response:
    stranger = await _someone_else(organisation, organisation_id=new_id())
    return await stranger.get(organisation.provider.log_in(created["authorization_url"]))


async def a_forged_cookie(organisation: Any, created: Any) -> httpx.Response:
    name = next(cookie.name for cookie in organisation.api.cookies.jar)
    async with organisation.client() as victim:
        victim.cookies.set(name, "B" * 43)
        return await victim.get(organisation.provider.log_in(created["authorization_url"]))


async def a_stranger_issuer(organisation: Any, created: Any) -> httpx.Response:
    back = organisation.provider.log_in(created["authorization_url"], iss="https://evil.example")
    return await organisation.api.get(back)


async def two_codes(organisation: Any, created: Any) -> httpx.Response:
    return await organisation.api.get(
        organisation.provider.log_in(created["authorization_url"]) + "&code=injected"
    )


async def code_and_error(organisation: Any, created: Any) -> httpx.Response:
    return await organisation.api.get(
        organisation.provider.log_in(created["authorization_url"], error="server_error")
    )


async def no_code(organisation: Any, created: Any) -> httpx.Response:
    return await organisation.api.get(organisation.provider.log_in(created["authorization_url"], code=None))


async def a_deleted_connection(organisation: Any, created: Any) -> httpx.Response:
    await organisation.api.delete(f"/v1/connections/{created['id']}")
    return await organisation.api.get(organisation.provider.log_in(created["authorization_url"]))


async def _someone_else(organisation: Any, organisation_id: UUID | None = None) -> httpx.AsyncClient:
    stranger: httpx.AsyncClient = organisation.client(organisation.token(organisation=organisation_id))
    body = {"provider": "eaccounting", "return_url": "http://localhost:1/"}
    (await stranger.post("/v1/connections", json=body)).raise_for_status()
    return stranger


@pytest.mark.parametrize(
    ("attack", "code"),
    [
        (missing_state, "state_unknown"),
        (guessed_state, "state_unknown"),
        (two_states, "state_unknown"),
        (state_in_another_case, "state_unknown"),
        (state_of_another_provider, "state_unknown"),
        (stored_hash_as_state, "state_unknown"),
        (expired_state, "authorization_expired"),
        (a_browser_without_the_cookie, "browser_mismatch"),
        (a_browser_with_another_logins_cookie, "browser_mismatch"),
        (another_organisations_browser, "browser_mismatch"),
        (a_forged_cookie, "browser_mismatch"),
        (a_stranger_issuer, "issuer_mismatch"),
        (two_codes, "callback_malformed"),
        (code_and_error, "callback_malformed"),
        (no_code, "callback_malformed"),
        (a_deleted_connection, "connection_deleted"),
    ],
)
async def test_an_attack_gets_no_token_call_and_no_grant(
    organisation: Any, attack: Attack, code: str
) -> None:
    created = await organisation.connect()

    answer = await attack(organisation, created)

    if code == "state_unknown":
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    else:
        shown = parse_qs(urlsplit(answer.headers["location"]).query)
        assert (answer.status_code, shown["outcome"], shown["code"]) == (303, ["failed"], [code])
    assert organisation.token_calls == []
    assert (
        await organisation.rows("select 1 from connection_grant where connection_id = $1", created["id"])
        == []
    )


async def test_a_callback_works_once(organisation: Any) -> None:
    created = await organisation.connect()
    back = organisation.provider.log_in(created["authorization_url"])
    await organisation.come_back(back)
    again = await organisation.api.get(back)
    assert (again.status_code, again.json()["code"]) == (400, "state_already_used")
    assert organisation.token_calls == ["authorization_code"]


async def test_a_refused_browser_burns_the_state(organisation: Any) -> None:
    created = await organisation.connect()
    await a_browser_without_the_cookie(organisation, created)
    answer = await organisation.api.get(organisation.provider.log_in(created["authorization_url"]))
    assert answer.json()["code"] == "state_already_used"
    assert organisation.token_calls == []


async def test_another_code_than_this_logins_is_useless(organisation: Any) -> None:
    """The provider binds a code to the PKCE challenge of its own login."""
    created, other = await organisation.connect(), await organisation.connect()
    stolen = parse_qs(urlsplit(organisation.provider.log_in(other["authorization_url"])).query)["code"][0]
    back = await organisation.come_back(
        organisation.provider.log_in(created["authorization_url"], code=stolen)
    )
    assert (back["outcome"], back["code"]) == ("failed", "grant_invalid")


async def test_the_code_goes_to_the_token_endpoint_of_its_start(opened_organisation: Any) -> None:
    """Configuration that changed after the start cannot send the code elsewhere."""
    organisation = await opened_organisation()
    created = await organisation.connect()
    moved = await opened_organisation(variables={"EACCOUNTING_TOKEN_URL": "http://elsewhere.test/token"})
    moved.api.cookies.update(organisation.api.cookies)
    back = await moved.come_back(organisation.provider.log_in(created["authorization_url"]))
    assert back["outcome"] == "authorized"


async def test_without_cookies_a_link_works_where_the_setting_says_so(opened_organisation: Any) -> None:
    organisation = await opened_organisation(browser_binding="when_present")
    created = await organisation.connect()
    async with organisation.client() as fresh_browser:
        assert (await organisation.finish(created, browser=fresh_browser))["outcome"] == "authorized"


async def test_a_wrong_cookie_is_refused_even_there(opened_organisation: Any) -> None:
    organisation = await opened_organisation(browser_binding="when_present")
    created = await organisation.connect()
    for attack in (a_forged_cookie, a_browser_with_another_logins_cookie):
        answer = await attack(
            organisation, created if attack is a_forged_cookie else await organisation.connect()
        )
        assert "code=browser_mismatch" in answer.headers["location"]
    assert organisation.token_calls == []


async def test_nothing_of_a_login_lies_readable_in_the_database(organisation: Any) -> None:
    created = await organisation.connect()
    state = parse_qs(urlsplit(created["authorization_url"]).query)["state"][0]
    cookie = next(iter(organisation.api.cookies.jar)).value
    (row,) = await organisation.rows(
        "select l::text as text from login_round l where connection_id = $1", created["id"]
    )
    for secret in (state, cookie):
        assert secret not in row["text"]
        assert secret.encode().hex() not in row["text"]
