"""A provider that gives keys, replaced at HTTP level, and what a test does there."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest

from connection_svc.adapters import providers as gateway_module
from connection_svc.application.check_notice import check_due
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
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self))

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


async def keys_of(organisation: Any, monkeypatch: pytest.MonkeyPatch) -> Keys:
    """The organisation's service meets this provider."""
    made, gateway = Keys(), organisation.use_cases.ports.providers
    monkeypatch.setattr(gateway_module, "PROVIDERS", {**PROVIDERS, "snelstart": SNELSTART})
    switch_on(organisation, monkeypatch)
    monkeypatch.setattr(gateway, "_http", made.http)
    return made


async def paste(organisation: Any, key: str = KEY, **changes: Any) -> httpx.Response:
    body = {"provider": "snelstart", "credentials": {"key": key}} | changes
    answer: httpx.Response = await organisation.api.post("/v1/connections", json=body)
    return answer


async def nothing_is_stored(organisation: Any) -> bool:
    return not await organisation.rows(
        "select 1 from connection where organisation_id = $1", organisation.organisation_id
    )


class Activation:
    """A connection that waits for the provider's notice, sent by whoever knows the reference."""

    def __init__(self, organisation: Any, started: Any) -> None:
        self._organisation = organisation
        self.id = started["id"]
        self.url = urlsplit(started["authorization_url"])
        self.reference = parse_qs(self.url.query)["referenceKey"][0]
        self.back = parse_qs(self.url.query)["successUrl"][0]

    async def tell(self, action: str, key: str = KEY, **changes: str) -> None:
        told = {"KoppelSleutel": key, "ActionType": action, "ReferenceKey": self.reference} | changes
        await tell(self._organisation, orjson.dumps(told))

    async def check_again(self, **later: float) -> None:
        """The job looks, so much later."""
        self._organisation.clock.move(**later)
        await check_due(self._organisation.use_cases.ports, self._organisation.use_cases.refresher)

    async def outcomes(self) -> list[tuple[str, str | None, bool]]:
        """Of the notices that were kept: action, what came of it, and whether the key is still there."""
        rows = await self._organisation.rows(
            "select * from key_notice where organisation_id = $1 order by id",
            self._organisation.organisation_id,
        )
        return [(row["action"], row["outcome"], row["key"] is not None) for row in rows]

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
