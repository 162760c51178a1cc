"""The sandbox inside the test's own process: its application, and a client for it."""

from collections.abc import Mapping
from typing import Any

import httpx

from koppel_sandbox.instants import Clock
from koppel_sandbox.sandbox import Sandbox
from koppel_sandbox.web.app import build_app

NOON = 1_800_000_000_000_000
"""2027-01-15T08:00:00Z in microseconds."""


def still() -> int:
    return NOON


class Application:
    """`options` as of a reset. Calls are made one after another; `clock` stands still unless another is given."""

    def __init__(self, options: Mapping[str, object] | None = None, clock: Clock = still) -> None:
        self.sandbox = Sandbox(dict(options or {}), clock=clock)
        self.asgi = httpx.ASGITransport(app=build_app(self.sandbox))

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self.asgi, base_url="http://sandbox.test")

    async def control(self, method: str, path: str, body: object = None, **query: str) -> Any:
        async with self.client() as http:
            answer = await http.request(method, f"/_sandbox/{path}", json=body, params=query)
        answer.raise_for_status()
        return answer.json() if answer.content else None
