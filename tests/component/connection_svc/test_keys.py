"""A provider that gives keys: a pasted one is checked at the provider, then stored, and exchanged again for each token."""

from typing import Any

import httpx
import pytest

from .keys import KEY, Keys, nothing_is_stored, paste


async def test_a_key_that_holds_makes_a_connection_that_works_at_once(organisation: Any, keys: Keys) -> None:
    answer = await paste(organisation, name="Bakkerij")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["state"], made["name"], made["health"]["status"]) == ("active", "Bakkerij", "healthy")
    assert made["grants"][0]["company"] == {"external_id": "acme", "name": "acme B.V."}
    assert [name for name, _ in await organisation.events(made["id"])] == [
        "ConnectionCreated",
        "ConnectionAuthorized",
    ]
    issued = (await organisation.issue_token(made["grants"][0]["id"])).json()
    assert (issued["access_token"], issued["company"]) == ("token-acme", "acme")
    assert issued["headers"] == {"Ocp-Apim-Subscription-Key": "subscribed"}
    assert KEY not in answer.text


async def test_a_token_that_ends_is_minted_again_with_the_same_key(organisation: Any, keys: Keys) -> None:
    made = (await paste(organisation)).json()
    organisation.clock.move(hours=1)
    assert (await organisation.issue_token(made["grants"][0]["id"])).status_code == 200
    assert keys.calls == [KEY, KEY]
    keys.opens.clear()
    organisation.clock.move(hours=1)
    assert (await organisation.issue_token(made["grants"][0]["id"])).status_code == 409
    assert (await organisation.get(made["id"]))["health"]["reason"] == "grant_invalid"


async def test_a_key_that_does_not_hold_is_refused_and_nothing_stored(organisation: Any, keys: Keys) -> None:
    answer = await paste(organisation, "another")
    assert (answer.status_code, answer.json()["code"]) == (422, "credentials_refused")
    assert "another" not in answer.text
    assert await nothing_is_stored(organisation)


@pytest.mark.parametrize(
    "credentials",
    [{"key": ""}, {"key": "   "}, {"key": "x" * 2049}, {"token": "x"}, {"key": "x", "more": "y"}],
)
async def test_what_cannot_be_a_key_never_reaches_the_provider(
    organisation: Any, keys: Keys, credentials: dict[str, str]
) -> None:
    answer = await paste(organisation, credentials=credentials)
    assert (answer.status_code, answer.json()["code"]) == (422, "credentials_malformed")
    assert answer.json()["errors"][0]["pointer"].startswith("/credentials/")
    assert (keys.calls, await nothing_is_stored(organisation)) == ([], True)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (httpx.ConnectError("away"), "provider_unreachable"),
        (httpx.Response(503), "provider_unavailable"),
        (httpx.Response(200, content=b"<html>"), "provider_bad_answer"),
    ],
)
async def test_a_provider_that_cannot_say_refuses_nobody(
    organisation: Any, keys: Keys, fault: httpx.Response | Exception, code: str
) -> None:
    keys.fault = fault
    answer = await paste(organisation)
    assert (answer.status_code, answer.json()["code"]) == (503, code)
    assert await nothing_is_stored(organisation)


async def test_a_refusal_of_our_own_subscription_refuses_nobody_s_key(organisation: Any, keys: Keys) -> None:
    keys.fault = httpx.Response(
        401, json={"statusCode": 401, "message": "Access denied due to invalid subscription key."}
    )
    answer = await paste(organisation)
    assert (answer.status_code, answer.json()["code"]) == (503, "client_invalid")
    assert await nothing_is_stored(organisation)


async def test_a_subscription_that_ends_is_our_trouble_and_no_login_is_asked_for(
    organisation: Any, keys: Keys
) -> None:
    made = (await paste(organisation)).json()
    organisation.clock.move(hours=1)
    keys.fault = httpx.Response(403, json={"Message": "Access denied due to invalid subscription key."})
    assert (await organisation.issue_token(made["grants"][0]["id"])).status_code == 503
    health = (await organisation.get(made["id"]))["health"]
    assert (health["reason"], health["who_must_act"]) == ("client_invalid", "us")


async def test_a_key_that_is_pasted_again_renews_its_grant_and_makes_no_other(
    organisation: Any, keys: Keys
) -> None:
    made = (await paste(organisation)).json()
    renewed = (await again(organisation, made, KEY)).json()
    assert [grant["id"] for grant in renewed["grants"]] == [made["grants"][0]["id"]]
    other = (await paste(organisation)).json()
    assert other["id"] != made["id"], "another connection is asked for, and gets a grant of its own"


async def test_the_way_in_is_the_provider_s(organisation: Any, keys: Keys) -> None:
    pasted = await paste(organisation, provider="eaccounting")
    assert (pasted.status_code, pasted.json()["code"]) == (422, "credentials_not_taken")
    body = {"provider": "snelstart", "return_url": "http://127.0.0.1:9999/done"}
    started = await organisation.api.post("/v1/connections", json=body)
    assert (started.status_code, started.json()["code"]) == (422, "credentials_required")
    neither = await organisation.api.post("/v1/connections", json={"provider": "snelstart"})
    assert (neither.status_code, neither.json()["errors"][0]["pointer"]) == (422, "/return_url")


async def test_a_repeated_call_makes_one_connection_and_another_key_is_another_call(
    organisation: Any, keys: Keys
) -> None:
    keys.opens["second"] = "acme"
    headers = {"Idempotency-Key": "once"}
    body = {"provider": "snelstart", "credentials": {"key": KEY}}
    first = await organisation.api.post("/v1/connections", json=body, headers=headers)
    again = await organisation.api.post("/v1/connections", json=body, headers=headers)
    assert first.json() == again.json()
    assert keys.calls == [KEY]
    keys.opens.pop(KEY)
    kept = await organisation.api.post("/v1/connections", json=body, headers=headers)
    assert (kept.status_code, kept.json()) == (201, first.json())
    other = body | {"credentials": {"key": "second"}}
    refused = await organisation.api.post("/v1/connections", json=other, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")


async def again(organisation: Any, made: Any, key: str, **more: str) -> httpx.Response:
    answer: httpx.Response = await organisation.api.post(
        f"/v1/connections/{made['id']}/authorizations", json={"credentials": {"key": key}} | more
    )
    return answer


async def test_a_new_key_of_the_same_company_takes_the_place_of_the_old(
    organisation: Any, keys: Keys
) -> None:
    made = (await paste(organisation)).json()
    grant_id = made["grants"][0]["id"]
    keys.opens = {"second": "acme"}
    renewed = await again(organisation, made, "second", grant_id=grant_id)
    assert [grant["id"] for grant in renewed.json()["grants"]] == [grant_id]
    organisation.clock.move(hours=1)
    assert (await organisation.issue_token(grant_id)).status_code == 200
    assert keys.calls == [KEY, "second", "second"]


async def test_a_key_of_another_company_does_not_renew_a_grant(organisation: Any, keys: Keys) -> None:
    made = (await paste(organisation)).json()
    keys.opens["other"] = "zeta"
    refused = await again(organisation, made, "other", grant_id=made["grants"][0]["id"])
    assert (refused.status_code, refused.json()["code"]) == (422, "company_mismatch")
    added = await again(organisation, made, "other")
    assert [grant["company"]["external_id"] for grant in added.json()["grants"]] == ["acme", "zeta"]


async def test_no_key_is_stored_as_it_is(organisation: Any, keys: Keys) -> None:
    await paste(organisation)
    for table in ("connection_grant", "event_log", "audit_entry", "idempotency_key"):
        rows = await organisation.rows(f"select t::text as text from {table} t")
        assert not [row for row in rows if KEY in row["text"] or KEY.encode().hex() in row["text"]]
