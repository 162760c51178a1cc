"""A provider that gives keys: a pasted one is checked at the provider, then stored, and exchanged again for each token."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest

from connection_svc.adapters import providers as gateway_module
from koppel.providers.catalogue import PROVIDERS
from koppel.providers.configuration import configured_providers
from koppel.providers.snelstart.provider import SNELSTART
from koppel.testing.eventually import eventually

KEY = "koppel-sleutel-" + "x" * 40


class Keys:
    """The provider: which administration each key opens. `calls` are the exchanges that arrived."""

    def __init__(self) -> None:
        self.opens = {KEY: "acme"}
        self.calls: list[str] = []
        self.fault: httpx.Response | Exception | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return self._token(parse_qs(request.content.decode())["clientkey"][0])
        company = request.headers["authorization"].removeprefix("Bearer token-")
        assert request.headers["Ocp-Apim-Subscription-Key"] == "subscribed"
        return httpx.Response(
            200, json={"administratieIdentifier": company, "administratieNaam": f"{company} B.V."}
        )

    def _token(self, key: str) -> httpx.Response:
        self.calls.append(key)
        if isinstance(self.fault, Exception):
            raise self.fault
        if self.fault is not None:
            return self.fault
        if key not in self.opens:
            return httpx.Response(400, json={"error": "invalid_client"})
        return httpx.Response(
            200, json={"access_token": f"token-{self.opens[key]}", "token_type": "bearer", "expires_in": 3599}
        )


def switch_on(organisation: Any, monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    gateway = organisation.use_cases.ports.providers
    given = {"SUBSCRIPTION_KEY": "subscribed"} | variables
    on = configured_providers(
        [SNELSTART.profile], {f"SNELSTART_{name}": value for name, value in given.items()}
    )
    monkeypatch.setattr(gateway, "_configured", {**gateway._configured, **on})


@pytest.fixture
async def keys(organisation: Any, monkeypatch: pytest.MonkeyPatch) -> Keys:
    made, gateway = Keys(), organisation.use_cases.ports.providers
    monkeypatch.setattr(gateway_module, "PROVIDERS", {**PROVIDERS, "snelstart": SNELSTART})
    switch_on(organisation, monkeypatch)
    monkeypatch.setattr(gateway, "_http", httpx.AsyncClient(transport=httpx.MockTransport(made)))
    return made


async def paste(organisation: Any, key: str = KEY, **changes: Any) -> httpx.Response:
    body = {"provider": "snelstart", "credentials": {"key": key}} | changes
    answer: httpx.Response = await organisation.api.post("/v1/connections", json=body)
    return answer


async def nothing_is_stored(organisation: Any) -> bool:
    return not await organisation.rows(
        "select 1 from connection where organisation_id = $1", organisation.organisation_id
    )


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


class Activation:
    """A connection that waits for the provider's notice, sent by whoever knows the reference."""

    def __init__(self, organisation: Any, started: Any) -> None:
        self._organisation = organisation
        self.id = started["id"]
        self.url = urlsplit(started["authorization_url"])
        self.reference = parse_qs(self.url.query)["referenceKey"][0]

    async def tell(self, action: str, key: str = KEY, **changes: str) -> None:
        told = {"KoppelSleutel": key, "ActionType": action, "ReferenceKey": self.reference} | changes
        await tell(self._organisation, orjson.dumps(told))

    async def shown(self) -> Any:
        return await self._organisation.get(self.id)

    async def becomes(self, state: str) -> Any:
        async def it_is() -> bool:
            return (await self.shown())["state"] == state

        await eventually(it_is, what=f"the connection is {state}")
        return await self.shown()


async def tell(organisation: Any, body: bytes, provider: str = "snelstart") -> None:
    """The provider's unsigned notice; whatever it says, the answer is the same, and all is done when this returns."""
    async with organisation.client() as sender:
        answer = await sender.post(
            f"/v1/key-notices/{provider}", content=body, headers={"content-type": "application/json"}
        )
    assert (answer.status_code, answer.content) == (202, b"")
    await asyncio.gather(*organisation.use_cases.in_flight._running, return_exceptions=True)


@pytest.fixture
async def activation(organisation: Any, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Activation:
    switch_on(organisation, monkeypatch, CLIENT_ID="koppel-app")
    return Activation(organisation, await organisation.connect(provider="snelstart"))


async def test_the_page_that_makes_keys_is_told_our_reference_and_the_way_back(
    activation: Activation,
) -> None:
    assert (activation.url.netloc, activation.url.path) == (
        "web.snelstart.nl",
        "/couplings/activate/koppel-app",
    )
    assert parse_qs(activation.url.query)["successUrl"] == ["http://127.0.0.1:9999/done?tab=connections"]
    assert (await activation.shown())["state"] == "pending"


async def test_a_notice_with_our_reference_and_a_key_that_holds_completes_the_connection(
    activation: Activation, keys: Keys
) -> None:
    await activation.tell("Create")
    made = await activation.becomes("active")
    assert made["grants"][0]["company"]["external_id"] == "acme"
    assert keys.calls == [KEY]


async def test_a_notice_proves_nothing(activation: Activation, keys: Keys, organisation: Any) -> None:
    await activation.tell("Create", ReferenceKey="made-up")
    await tell(organisation, b"nonsense")
    await tell(organisation, b"x" * 9000)
    await tell(organisation, b"{}", provider="nobody")
    await tell(organisation, b"{}", provider="eaccounting")
    assert keys.calls == []
    await activation.tell("Create", key="forged")
    await activation.tell("Regenerate")
    assert (await activation.shown())["state"] == "pending"
    await activation.tell("Create")  # the provider's own still counts
    await activation.becomes("active")


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 5000, b"\xff", b"x" * 3_000_000, b'"\\ud800"', b"a=b"])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/html"])
async def test_whatever_is_told_is_accepted_without_a_word(organisation: Any, body: bytes, kind: str) -> None:
    async with organisation.client() as anybody:
        answer = await anybody.post(
            "/v1/key-notices/snelstart", content=body, headers={"content-type": kind, "authorization": "x"}
        )
    assert (answer.status_code, answer.content) == (202, b"")


async def test_a_reference_makes_one_connection(activation: Activation, keys: Keys) -> None:
    keys.opens["other"] = "zeta"
    await activation.tell("Create")
    await activation.tell("Create")
    await activation.tell("Create", key="other")
    assert [grant["company"]["external_id"] for grant in (await activation.shown())["grants"]] == ["acme"]
    assert keys.calls == [KEY]


async def test_a_notice_that_comes_too_late_is_none(
    activation: Activation, keys: Keys, organisation: Any
) -> None:
    organisation.clock.move(minutes=11)
    await activation.tell("Create")
    assert ((await activation.shown())["state"], keys.calls) == ("pending", [])


async def test_a_key_that_is_made_anew_takes_the_place_of_the_old(
    activation: Activation, keys: Keys, organisation: Any
) -> None:
    await activation.tell("Create")
    keys.opens = {"second": "acme", "other": "zeta"}
    await activation.tell("Regenerate", key="other")
    await activation.tell("Regenerate", key="second")
    [grant] = (await activation.shown())["grants"]
    organisation.clock.move(hours=1)
    assert (await organisation.issue_token(grant["id"])).status_code == 200
    assert keys.calls[-1] == "second"


async def test_a_key_that_was_deleted_needs_a_person_and_a_former_one_hurts_nobody(
    activation: Activation, keys: Keys
) -> None:
    await activation.tell("Create")
    await activation.tell("Delete", key="former")
    await activation.tell("Delete")  # the provider still takes it: nothing happens
    assert (await activation.shown())["state"] == "active"
    keys.opens = {}
    await activation.tell("Delete")
    shown = await activation.becomes("reauthorization_required")
    assert shown["health"]["reason"] == "grant_invalid"
