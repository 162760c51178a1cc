"""A login on a command line: the device code, its user code in a browser, and what goes wrong between."""

from typing import Any

import httpx
import pytest

from koppel_identity.web.device import GUESSES, WITHIN
from koppel_identity.web.metadata import DEVICE_GRANT

from .conftest import ORGANISATION, PERSON, Identity, claims_of

CLI = "koppel-cli"


async def issued(identity: Identity) -> dict[str, Any]:
    answer = await identity.post("device_authorization", client_id=CLI, scope="openid")
    codes: dict[str, Any] = answer.raise_for_status().json()
    return codes


async def poll(
    identity: Identity, codes: dict[str, Any], *, after: int = 5, changed: dict[str, str] | None = None
) -> httpx.Response:
    identity.now += after
    usual = {"grant_type": DEVICE_GRANT, "client_id": CLI, "device_code": codes["device_code"]}
    form = {**usual, **(changed or {})}
    return await identity.post("token", **form)


async def enter(identity: Identity, user_code: str, **headers: str) -> httpx.Response:
    return await identity.browser.post("/device", data={"user_code": user_code}, headers=headers)


async def test_who_enters_the_user_code_is_logged_in_on_the_command_line(identity: Identity) -> None:
    codes = await issued(identity)
    assert (codes["expires_in"], codes["interval"]) == (600, 5)
    page = await identity.browser.get(codes["verification_uri_complete"])
    assert codes["user_code"] in page.text, "the person compares"
    assert (await poll(identity, codes)).json()["error"] == "authorization_pending"
    done = await identity.choose(begun=await enter(identity, codes["user_code"]))
    assert done.status_code == 200
    tokens = (await poll(identity, codes)).json()
    claims = claims_of(tokens["access_token"])
    assert (claims["sub"], claims["org"], claims["client_id"]) == (str(PERSON), str(ORGANISATION), CLI)
    assert (await identity.refresh(tokens["refresh_token"], client_id=CLI)).status_code == 200


async def test_a_user_code_is_found_however_it_is_typed(identity: Identity) -> None:
    code = str((await issued(identity))["user_code"])
    assert (await enter(identity, f" {code.lower().replace('-', ' ')} ")).status_code == 303


async def test_a_device_code_is_exchanged_once(identity: Identity) -> None:
    codes = await issued(identity)
    await identity.choose(begun=await enter(identity, codes["user_code"]))
    assert (await poll(identity, codes)).status_code == 200
    again = await poll(identity, codes)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


async def test_a_user_code_is_approved_once(identity: Identity) -> None:
    codes = await issued(identity)
    first, second = await enter(identity, codes["user_code"]), await enter(identity, codes["user_code"])
    await identity.choose(begun=first)
    assert (await enter(identity, codes["user_code"])).status_code == 422
    assert (await identity.choose("operator", {"operator": "Jan"}, second)).status_code == 400
    assert claims_of((await poll(identity, codes)).json()["access_token"])["sub"] == str(PERSON)


async def test_codes_expire(identity: Identity) -> None:
    codes = await issued(identity)
    begun = await enter(identity, codes["user_code"])
    assert (await poll(identity, codes, after=601)).json()["error"] == "expired_token"
    assert (await enter(identity, codes["user_code"])).status_code == 422
    assert (await identity.browser.get(begun.headers["location"])).status_code == 400


async def test_whoever_polls_too_fast_has_to_wait_longer_each_time(identity: Identity) -> None:
    codes = await issued(identity)
    assert (await poll(identity, codes)).json()["error"] == "authorization_pending"
    assert (await poll(identity, codes, after=4)).json()["error"] == "slow_down"
    assert (await poll(identity, codes, after=9)).json()["error"] == "slow_down"
    assert (await poll(identity, codes, after=15)).json()["error"] == "authorization_pending"


async def test_a_cancelled_login_is_told_on_the_command_line(identity: Identity) -> None:
    codes = await issued(identity)
    assert (
        await identity.choose("cancel", begun=await enter(identity, codes["user_code"]))
    ).status_code == 200
    assert (await poll(identity, codes)).json()["error"] == "access_denied"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_id": "koppel-console"}, "invalid_grant"),
        ({"client_id": "stranger"}, "invalid_client"),
        ({"device_code": "made-up"}, "invalid_grant"),
        ({"device_code": ""}, "invalid_request"),
    ],
)
async def test_what_does_not_fit_gives_no_token(
    identity: Identity, changed: dict[str, str], error: str
) -> None:
    codes = await issued(identity)
    await identity.choose(begun=await enter(identity, codes["user_code"]))
    assert (await poll(identity, codes, changed=changed)).json()["error"] == error


@pytest.mark.parametrize(
    "form", [{"client_id": ""}, {"client_id": "stranger"}, {"client_id": CLI, "scope": "everything"}]
)
async def test_only_clients_that_are_known_get_codes(identity: Identity, form: dict[str, str]) -> None:
    assert (await identity.post("device_authorization", **form)).json()["error"] in {
        "invalid_client",
        "invalid_scope",
    }


async def test_guessing_user_codes_is_held_back_and_ends_by_itself(identity: Identity) -> None:
    codes = await issued(identity)
    for _ in range(GUESSES):
        assert (await enter(identity, "BBBB-BBBB")).status_code == 422
    assert (await enter(identity, codes["user_code"])).status_code == 429, "a right guess is one, too"
    identity.now += WITHIN
    assert (await enter(identity, codes["user_code"])).status_code == 303


async def test_a_page_elsewhere_cannot_enter_a_user_code(identity: Identity) -> None:
    codes = await issued(identity)
    for origin in ("https://evil.example", "null", "http://127.0.0.1:9999"):
        assert (await enter(identity, codes["user_code"], origin=origin)).status_code == 400
    assert (await enter(identity, codes["user_code"], origin="http://127.0.0.1:8170")).status_code == 303
