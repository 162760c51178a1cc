"""The whole way of a key over HTTP: the page that makes it, the unsigned notice, the browser's return, a new key, none."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from koppel.platform.runner import HttpPart
from koppel.testing.eventually import eventually
from koppel_sandbox.sandbox import Sandbox
from koppel_sandbox.visitor import log_in
from koppel_sandbox.web.app import build_app

from .keys import switch_on

APP, SUBSCRIPTION = "koppel-app", "koppel-local-secret"


async def served(stack: AsyncExitStack, app: Any) -> str:
    part = HttpPart(app, "127.0.0.1", 0)
    await part.start()
    stack.push_async_callback(part.stop)
    return f"http://127.0.0.1:{part.port}"


@pytest.fixture
async def sandbox(organisation: Any, stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch) -> str:
    """The service meets SnelStart's sandbox, which tells it of keys."""
    service = await served(stack, organisation.api._transport.app)
    own = {"snelstart": {"companies": 3, "notice_url": f"{service}/v1/key-notices/snelstart"}}
    sandbox = await served(stack, build_app(Sandbox(own=own)))
    switch_on(
        organisation,
        monkeypatch,
        SUBSCRIPTION_KEY=SUBSCRIPTION,
        CLIENT_ID=APP,
        AUTHORIZE_URL=f"{sandbox}/snelstart/couplings/activate",
        TOKEN_URL=f"{sandbox}/snelstart/b2b/token",
        API_BASE_URL=f"{sandbox}/snelstart/v2",
    )
    gateway = organisation.use_cases.ports.providers
    monkeypatch.setattr(gateway, "_http", await stack.enter_async_context(httpx.AsyncClient()))
    monkeypatch.setattr(gateway, "_public_url", service)
    return sandbox


async def order(sandbox: str, path: str, **body: object) -> None:
    async with httpx.AsyncClient(base_url=sandbox) as control:
        (await control.post(f"/_sandbox/{path}", json={"provider": "snelstart", **body})).raise_for_status()


@pytest.fixture
async def connected(organisation: Any, sandbox: str, request: pytest.FixtureRequest) -> Any:
    await order(sandbox, "reset", companies=3, notices=getattr(request, "param", "before"))
    started = await organisation.connect(provider="snelstart")
    back = await asyncio.to_thread(log_in, started["authorization_url"], company=1)
    told = await organisation.come_back(back)
    assert (told["outcome"], told["connection_id"]) == ("authorized", started["id"])
    return await organisation.get(started["id"])


@pytest.mark.parametrize("connected", ["before", "after"], indirect=True)
async def test_a_key_made_on_the_page_connects_whichever_comes_first(
    organisation: Any, sandbox: str, connected: Any
) -> None:
    [grant] = connected["grants"]
    assert connected["state"] == "active"
    issued = (await organisation.issue_token(grant["id"])).json()
    async with httpx.AsyncClient() as reader:
        headers = {"Authorization": f"Bearer {issued['access_token']}", **issued["headers"]}
        info = (await reader.get(f"{issued['api_base_url']}/companyInfo", headers=headers)).json()
    assert info["administratieIdentifier"] == grant["company"]["external_id"]


async def test_a_new_key_takes_over_and_a_deleted_one_asks_for_a_person(
    organisation: Any, sandbox: str, connected: Any
) -> None:
    [grant] = connected["grants"]

    async def now() -> Any:
        shown = await organisation.get(connected["id"])
        return shown["state"], shown["grants"][0]["authorized_at"] != grant["authorized_at"]

    company = grant["company"]["external_id"]
    await order(sandbox, f"companies/{company}/changes", collection="keys", change=1)
    await eventually(lambda: _is(now, ("active", True)))
    organisation.clock.move(hours=2)
    assert (await organisation.issue_token(grant["id"])).status_code == 200
    await order(sandbox, f"companies/{company}/changes", collection="keys", remove=1)
    await eventually(lambda: _is(now, ("reauthorization_required", True)))


async def _is(now: Any, wanted: tuple[str, bool]) -> bool:
    return bool(await now() == wanted)
