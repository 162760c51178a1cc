"""Webhooks of the sandbox's Exact Online: the empty body at first, one a topic, and signed messages of changes."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from tests.unit.sandbox.exact_online.organisation import Organisation

from koppel_sandbox.providers.exact_online.webhooks import SECRET


class Receiver:
    """A server of the test: it answers `status` and keeps what it got."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.got: asyncio.Queue[bytes] = asyncio.Queue()
        self.url = ""

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        self.got.put_nowait(await reader.readexactly(length))
        writer.write(
            f"HTTP/1.1 {self.status} Said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(status: int = 200) -> AsyncIterator[Receiver]:
    receiver = Receiver(status)
    async with await asyncio.start_server(receiver.meet, "127.0.0.1", 0) as server:
        receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        yield receiver


async def subscribe(
    organisation: Organisation, tokens: dict[str, str], division: str, **body: Any
) -> httpx.Response:
    headers = {"authorization": f"Bearer {tokens['access_token']}", "accept": "application/json"}
    async with organisation.client() as http:
        url = f"/exact_online/api/v1/{division}/webhooks/WebhookSubscriptions"
        return await http.post(url, json=body, headers=headers)


async def test_an_empty_body_is_sent_at_once_and_changes_come_signed() -> None:
    organisation = Organisation()
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    async with receiving() as receiver:
        made = await subscribe(organisation, tokens, division, Topic="Accounts", CallbackURL=receiver.url)
        assert made.status_code == 201
        assert await receiver.got.get() == b""
        listed = (await organisation.get(tokens, f"{division}/webhooks/WebhookSubscriptions")).json()["d"][
            "results"
        ]
        assert [each["Topic"] for each in listed] == ["Accounts"]
        order = {"collection": "Accounts", "change": 1}
        changed = (await organisation.control("POST", f"companies/{division}/changes", order))["changed"]
        raw = await receiver.got.get()
        content = raw.partition(b'"Content":')[2].rpartition(b',"HashCode"')[0]
        told = json.loads(raw)
        assert (told["Content"]["Action"], told["Content"]["Key"]) == ("Update", changed[0])
        assert told["HashCode"] == hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest().upper()


async def test_a_second_subscription_of_the_same_topic_is_refused() -> None:
    organisation = Organisation()
    (division, *_) = await organisation.companies()
    async with receiving(201) as receiver:
        wanted = {"Topic": "FinancialTransactions", "CallbackURL": receiver.url}
        assert (
            await subscribe(organisation, await organisation.log_in(), division, **wanted)
        ).status_code == 201
        second = await subscribe(organisation, await organisation.log_in("anna"), division, **wanted)
    assert second.status_code == 500
    assert second.json()["error"]["message"]["value"] == "Data already exists"


@pytest.mark.parametrize(
    "wanted",
    [
        {"Topic": "Nothing"},
        {"Topic": "Accounts", "CallbackURL": "http://elsewhere.example/hook"},
        {"Topic": "Accounts", "CallbackURL": "file:///etc/passwd"},
    ],
)
async def test_a_subscription_that_cannot_be_is_refused(wanted: dict[str, str]) -> None:
    organisation = Organisation()
    (division, *_) = await organisation.companies()
    assert (await subscribe(organisation, await organisation.log_in(), division, **wanted)).status_code == 400


async def test_a_callback_that_does_not_take_the_empty_body_gets_nothing() -> None:
    organisation = Organisation()
    tokens, (division, *_) = await organisation.log_in(), await organisation.companies()
    async with receiving(204) as receiver:
        refused = await subscribe(organisation, tokens, division, Topic="Accounts", CallbackURL=receiver.url)
    assert refused.status_code == 400
    assert "empty body" in refused.json()["error"]["message"]["value"]
