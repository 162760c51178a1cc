"""From the first call to a grant, and every other way a login can end."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from connection_svc.application.expire_logins import expire_logins
from koppel.contracts.values import Role
from koppel.kernel.ids import new_id


async def test_a_login_makes_the_connection_active(organisation: Any) -> None:
    created = await organisation.connect(name="Kantoor Jansen")
    assert (created["state"], created["name"]) == ("pending", "Kantoor Jansen")
    assert set(created) == {"id", "provider", "name", "state", "authorization_url", "expires_at"}
    assert (await organisation.get(created["id"]))["health"]["status"] == "waiting"

    back = await organisation.finish(created)

    assert back == {"tab": "connections", "connection_id": created["id"], "outcome": "authorized"}
    shown = await organisation.get(created["id"])
    assert shown["state"] == "active"
    assert shown["health"]["status"] == "healthy"
    (grant,) = shown["grants"]
    assert grant["company"] == {"external_id": "acme", "name": "acme B.V."}
    assert "offline_access" in grant["scopes"]
    assert [name for name, _ in await organisation.events(created["id"])] == [
        "ConnectionCreated",
        "ConnectionAuthorized",
    ]


async def test_the_authorization_url_is_the_providers_own(organisation: Any) -> None:
    url = urlsplit((await organisation.connect())["authorization_url"])
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}{url.path}" == "http://provider.test/connect/authorize"
    assert asked["redirect_uri"] == "http://127.0.0.1:8101/v1/oauth/eaccounting/callback"
    assert (asked["code_challenge_method"], asked["prompt"]) == ("S256", "select_account")
    assert len(asked["state"]) == 43  # 256 bits in base64url
    assert "secret" not in url.query


async def test_the_cookie_is_for_the_callback_only(organisation: Any) -> None:
    answer = await organisation.api.post(
        "/v1/connections", json={"provider": "eaccounting", "return_url": "http://localhost:1/x"}
    )
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("koppel_login_")
    for attribute in ("HttpOnly", "SameSite=lax", "Path=/v1/oauth", "Max-Age=600"):
        assert attribute in cookie
    assert "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"


async def test_the_cookie_is_secure_where_the_service_is(opened_organisation: Any) -> None:
    organisation = await opened_organisation(public_url="https://koppel.example")
    answer = await organisation.api.post(
        "/v1/connections", json={"provider": "eaccounting", "return_url": "http://localhost:1/x"}
    )
    assert "Secure" in answer.headers["set-cookie"]


async def test_one_connection_takes_several_companies(organisation: Any) -> None:
    created = await organisation.connect()
    await organisation.finish(created, company="acme")
    await organisation.finish(await organisation.again(created["id"]), company="bolt")
    shown = await organisation.get(created["id"])
    assert [grant["company"]["external_id"] for grant in shown["grants"]] == ["acme", "bolt"]


async def test_the_same_company_again_renews_its_grant(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    before = (await organisation.issue_token(grant_id)).json()["access_token"]
    await organisation.finish(await organisation.again(connection_id))
    (grant,) = (await organisation.get(connection_id))["grants"]
    assert grant["id"] == grant_id
    assert (await organisation.issue_token(grant_id)).json()["access_token"] != before


async def test_another_company_at_reauthorisation_is_refused(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    before = (await organisation.issue_token(grant_id)).json()["access_token"]

    back = await organisation.finish(
        await organisation.again(connection_id, grant_id=grant_id), company="bolt"
    )

    assert (back["outcome"], back["code"]) == ("failed", "company_mismatch")
    assert organisation.provider.revoked == [organisation.provider.known_refresh_tokens[-1]]
    (grant,) = (await organisation.get(connection_id))["grants"]
    assert grant["company"]["external_id"] == "acme"
    assert (await organisation.issue_token(grant_id)).json()["access_token"] == before
    (row,) = await organisation.rows("select token, outcome from provider_revocation where organisation_id = $1",
                               organisation.organisation_id)  # fmt: skip
    assert (row["token"], row["outcome"]) == (None, "revoked")


async def test_reauthorisation_renews_the_grant_that_was_asked_for(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    assert (await organisation.finish(await organisation.again(connection_id, grant_id=grant_id)))[
        "outcome"
    ] == "authorized"
    assert [name for name, _ in await organisation.events(connection_id)][-1] == "ConnectionAuthorized"
    assert len((await organisation.get(connection_id))["grants"]) == 1


async def test_a_denied_consent_says_so(organisation: Any) -> None:
    created = await organisation.connect()
    back = await organisation.come_back(
        organisation.provider.log_in(created["authorization_url"], code=None, error="access_denied")
    )
    assert (back["outcome"], back["code"]) == ("denied", "access_denied")
    assert organisation.token_calls == []
    assert (await organisation.get(created["id"]))["state"] == "pending"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(400, json={"error": "invalid_grant"}), "grant_invalid"),
        (httpx.Response(401, json={"error": "invalid_client"}), "client_invalid"),
        (httpx.Response(503), "provider_unavailable"),
        (httpx.Response(200, text="<html>"), "provider_bad_answer"),
        (httpx.ConnectError("no"), "provider_unreachable"),
        (httpx.ReadTimeout("late"), "provider_timeout"),
    ],
)
async def test_a_failing_provider_is_named_on_the_return_url(
    organisation: Any, answer: httpx.Response | Exception, code: str
) -> None:
    created = await organisation.connect()
    organisation.provider.faults.append(answer)
    back = await organisation.finish(created)
    assert (back["outcome"], back["code"]) == ("failed", code)
    assert (await organisation.get(created["id"]))["grants"] == []


async def test_a_round_that_nobody_finishes_becomes_an_event(organisation: Any) -> None:
    created = await organisation.connect()
    organisation.clock.move(minutes=10, seconds=1)
    await expire_logins(organisation.use_cases.ports)
    await expire_logins(organisation.use_cases.ports)
    names = [name for name, _ in await organisation.events(created["id"])]
    assert names == ["ConnectionCreated", "AuthorizationExpired"]
    back = await organisation.finish(created)
    assert (back["outcome"], back["code"]) == ("failed", "authorization_expired")
    assert [name for name, _ in await organisation.events(created["id"])] == names


async def test_a_crash_between_the_transactions_stores_nothing_and_expires(
    organisation: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    created = await organisation.connect()

    class Died(BaseException):
        """As abrupt as a kill."""

    async def dies(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr("connection_svc.application.complete_login.store_grant", dies)
        with pytest.raises(Died):
            await organisation.finish(created)
    assert (await organisation.get(created["id"]))["grants"] == []
    organisation.clock.move(minutes=11)
    await expire_logins(organisation.use_cases.ports)
    assert [name for name, _ in await organisation.events(created["id"])][-1] == "AuthorizationExpired"


async def test_a_repeated_request_repeats_url_and_cookie_and_keeps_them_sealed(organisation: Any) -> None:
    body = {"provider": "eaccounting", "return_url": "http://localhost:1/x"}
    headers = {"Idempotency-Key": str(new_id())}
    first = await organisation.api.post("/v1/connections", json=body, headers=headers)
    second = await organisation.api.post("/v1/connections", json=body, headers=headers)
    assert first.json() == second.json()
    assert first.headers["set-cookie"] == second.headers["set-cookie"]
    (kept,) = await organisation.rows(
        "select answer from idempotency_key where key = $1", headers["Idempotency-Key"]
    )
    assert b"authorization_url" not in kept["answer"]
    assert (await organisation.finish(second.json()))["outcome"] == "authorized"


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"provider": "nobody"}, "/provider", "unknown_provider"),
        ({"return_url": "https://evil.example/"}, "/return_url", "return_url_not_allowed"),
        ({"name": " "}, "/name", "invalid_input"),
        ({"colour": "red"}, "/colour", "invalid_input"),
    ],
)
async def test_bad_input_names_the_field(
    organisation: Any, body: dict[str, str], pointer: str, code: str
) -> None:
    wanted = {"provider": "eaccounting", "return_url": "http://localhost:1/x"} | body
    answer = await organisation.api.post("/v1/connections", json=wanted)
    assert answer.status_code == 422
    assert answer.json()["code"] == code
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_grant_of_another_connection_cannot_be_renewed(organisation: Any) -> None:
    first, _ = await organisation.grant()
    _, other = await organisation.grant()
    answer = await organisation.api.post(
        f"/v1/connections/{first}/authorizations",
        json={"return_url": "http://localhost:1/x", "grant_id": other},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "grant_not_found")
    assert answer.json()["errors"][0]["pointer"] == "/grant_id"


@pytest.mark.parametrize("role", [Role.USER_PLUS, Role.USER, Role.REVIEWER])
async def test_only_managers_of_connections_make_them(organisation: Any, role: Role) -> None:
    async with organisation.client(organisation.token(role)) as someone:
        body = {"provider": "eaccounting", "return_url": "http://localhost:1/x"}
        assert (await someone.post("/v1/connections", json=body)).status_code == 403
        assert (await someone.get("/v1/connections")).status_code == 200


async def test_another_organisations_connection_does_not_exist(organisation: Any) -> None:
    connection_id, _ = await organisation.grant()
    async with organisation.client(organisation.token(organisation=new_id())) as stranger:
        path = f"/v1/connections/{connection_id}"
        codes = [
            (await stranger.get(path)).json()["code"],
            (await stranger.delete(path)).json()["code"],
            (
                await stranger.post(f"{path}/authorizations", json={"return_url": "http://localhost:1/"})
            ).json()["code"],
        ]
        assert codes == ["connection_not_found"] * 3
        assert (await stranger.get("/v1/connections")).json()["items"] == []


async def test_the_list_pages_in_order(organisation: Any) -> None:
    made = [(await organisation.connect())["id"] for _ in range(3)]
    first = (await organisation.api.get("/v1/connections", params={"limit": 2, "total": True})).json()
    assert first["total"] == 3
    rest = (await organisation.api.get("/v1/connections", params={"cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == made
    assert rest["next_cursor"] is None


async def test_the_catalogue_names_what_a_grant_covers(organisation: Any) -> None:
    listed = (await organisation.api.get("/v1/providers?total=true")).json()
    (provider,) = listed["items"]
    assert listed["total"] == 1
    assert (provider["id"], provider["grant_covers"], provider["auth"]) == (
        "eaccounting",
        "one_administration",
        "oauth2",
    )
    assert "contact" in provider["resources"]


async def test_a_login_with_a_broken_access_token_is_told_and_its_refresh_token_withdrawn(
    organisation: Any,
) -> None:
    organisation.provider.faults.append(
        httpx.Response(200, json={"access_token": 1, "refresh_token": "refresh-x"})
    )
    back = await organisation.finish(await organisation.connect())
    assert (back["outcome"], back["code"]) == ("failed", "provider_bad_answer")
    assert organisation.provider.revoked == ["refresh-x"]


async def test_a_refresh_with_a_broken_access_token_loses_no_login(organisation: Any) -> None:
    connection_id, grant_id = await organisation.grant()
    organisation.clock.move(hours=1)
    used_up = organisation.provider.known_refresh_tokens[-1]
    organisation.provider.breaks_access_token = True
    refused = await organisation.issue_token(grant_id)
    assert (refused.status_code, refused.json()["code"]) == (503, "provider_bad_answer")
    organisation.provider.breaks_access_token = False
    assert (await organisation.issue_token(grant_id)).status_code == 200
    assert used_up != organisation.provider.known_refresh_tokens[-2]
    assert (await organisation.get(connection_id))["state"] == "active"
