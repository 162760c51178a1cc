"""Calls of connection-svc are drawn before they are made, and what is at stake decides how long one is waited for."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connection_svc.adapters.provider_calls import LOGIN, login_windows, permitted_calls
from connection_svc.domain.provider import At, LoginEndpoints
from koppel.kernel.errors import Transient
from koppel.kernel.ids import new_id
from koppel.ports.budget import Exhausted, MadeCall, Permits, Spender
from koppel.providers.catalogue import PROFILES, PROVIDERS
from koppel.providers.configuration import ConfiguredProvider, configured_providers
from koppel.testing.budgets import NoLimit

VARIABLES = {
    f"{name}_{setting}": "x"
    for name in ("EACCOUNTING", "EXACT_ONLINE", "MONEYBIRD")
    for setting in ("CLIENT_ID", "CLIENT_SECRET")
} | {"SNELSTART_SUBSCRIPTION_KEY": "x"}
CONFIGURED = configured_providers(PROFILES, VARIABLES)
ENDPOINTS = LoginEndpoints("", "https://provider.test/token", None, "https://provider.test", "", "")
TOKEN = SecretStr("token")


class Lots(NoLimit):
    """So many calls are left; then one comes free after `seconds`."""

    def __init__(self, left: int = 100, seconds: float = 300.0) -> None:
        self.left = left
        self._seconds = seconds
        self.drawn: list[Spender] = []
        self.given_back = 0

    async def draw(self, spender: Spender, calls: int, *, reserve: float = 0.0) -> Permits | Exhausted:
        if not self.left:
            return Exhausted("requests", datetime.now(UTC), self._seconds)
        self.left -= 1
        self.drawn.append(spender)
        return await super().draw(spender, 1)

    async def settle(self, lot: Permits, made: Sequence[MadeCall], counters: Any = ()) -> None:
        self.given_back += lot.calls - len(made)


class Host:
    """A provider with a company on each page of Exact's, and of Moneybird's list."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.paths.append(path)
        if path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "new", "refresh_token": "next"})
        if path == "/current/Me":
            return httpx.Response(
                200, json={"d": {"results": [{"UserID": "a-user", "CurrentDivision": 123}]}}
            )
        if path == "/administrations.json":
            return httpx.Response(200, json=[{"id": "1", "name": "Een"}])
        return httpx.Response(200, json={"d": {"results": [{"Code": 7}]}})


class Caller:
    """Calls of one provider against this host and these lots."""

    def __init__(self, provider: str, lots: Lots) -> None:
        self.host, self.lots = Host(), lots
        self._provider = provider
        self._http = httpx.AsyncClient(transport=httpx.MockTransport(self.host))

    def calls(self) -> Any:
        spender = Spender(
            provider=self._provider, organisation_id=new_id(), grant_id=new_id(), endpoint="login"
        )
        configured: ConfiguredProvider = CONFIGURED[self._provider]
        return permitted_calls(self._http, PROVIDERS[self._provider], configured, self.lots, spender)


async def test_the_reserved_call_is_the_one_that_is_made() -> None:
    caller = Caller("exact_online", Lots())
    async with caller.calls() as calls:
        await calls.reserve(renews=False)
        await calls.login(ENDPOINTS, TOKEN)
    assert (len(caller.lots.drawn), caller.lots.given_back, caller.host.paths) == (1, 0, ["/current/Me"])


async def test_a_call_that_was_reserved_and_not_made_is_given_back() -> None:
    caller = Caller("exact_online", Lots())
    async with caller.calls() as calls:
        await calls.reserve(renews=False)
    assert (len(caller.lots.drawn), caller.lots.given_back, caller.host.paths) == (1, 1, [])


async def test_without_a_call_left_nothing_is_reserved_and_it_is_told_when_there_is_one() -> None:
    caller = Caller("exact_online", Lots(0))
    with pytest.raises(Transient, match="provider_busy") as raised:
        async with caller.calls() as calls:
            await calls.reserve(renews=False)
    assert raised.value.retry_after == 300.0


async def test_a_first_login_that_is_asked_nothing_reserves_nothing() -> None:
    caller = Caller("moneybird", Lots(0))
    async with caller.calls() as calls:
        await calls.reserve(renews=False)
        assert await calls.login(ENDPOINTS, TOKEN) is None
        assert await calls.company(ENDPOINTS, TOKEN) is None
    assert caller.host.paths == []


async def test_one_that_renews_a_login_reserves_a_call_there_too() -> None:
    caller = Caller("moneybird", Lots(0))
    async with caller.calls() as calls:
        with pytest.raises(Transient, match="provider_busy"):
            await calls.reserve(renews=True)


async def test_each_page_is_drawn_from_the_windows_of_the_company_in_its_address() -> None:
    caller = Caller("exact_online", Lots())
    async with caller.calls() as calls:
        assert await calls.reached(ENDPOINTS, TOKEN, {"7"}) == {"7"}
    assert caller.host.paths == ["/current/Me", "/123/system/Divisions"]
    assert [each.company for each in caller.lots.drawn] == [None, "123"]


async def test_what_tokens_depend_on_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    caller, waits = Caller("exact_online", Lots(0, seconds=40.0)), list[float]()

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        caller.lots.left = 1

    monkeypatch.setattr(asyncio, "sleep", sleep)
    async with caller.calls() as calls:
        assert (await calls.login(ENDPOINTS, TOKEN)) is not None
    assert (waits, caller.host.paths) == ([40.0], ["/current/Me"])


async def test_a_token_call_waits_for_nothing() -> None:
    caller = Caller("moneybird", Lots(0))
    async with caller.calls() as calls:
        issued = await calls.refresh(At("moneybird"), SecretStr("old"))
        await calls.revoke(At("moneybird"), TOKEN)
    assert issued.refresh_token == SecretStr("next")
    assert caller.host.paths == ["/oauth/token", "/oauth/revoke"]


@pytest.mark.parametrize(
    ("provider", "windows"),
    [
        ("eaccounting", {"minute": 240}),
        ("exact_online", {"minute": 6, "day": 500, "errors": 2}),
        ("moneybird", {"requests": 7}),
        ("snelstart", {"minute": 10, "hour": 100}),
    ],
)
def test_what_a_login_is_asked_counts_for_our_part_of_each_window(
    provider: str, windows: dict[str, int]
) -> None:
    spends = Spender(provider=provider, organisation_id=new_id(), grant_id=new_id(), endpoint=LOGIN)
    assert {each.name: each.calls for each in login_windows(CONFIGURED, None)(spends)} == windows


def test_a_share_that_is_set_for_the_service_goes_before_the_providers() -> None:
    spends = Spender(provider="moneybird", organisation_id=new_id(), grant_id=new_id(), endpoint=LOGIN)
    assert [each.calls for each in login_windows(CONFIGURED, Decimal("0.5"))(spends)] == [75]
