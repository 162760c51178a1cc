"""Calls of many callers at every service, and organisations that connect and import one after another."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import httpx
from tests.bench.organisation import Organisation
from tests.bench.stage import Json, Stage

_CALLERS = 3
"""Of each service."""
_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Call:
    """One call that is made over and over."""

    service: str
    method: str
    path: str
    body: Json | None = None


class Traffic:
    """Callers that keep their connections. Use as a context manager: it ends with the block."""

    def __init__(self, stage: Stage, token: str, calls: Sequence[Call], companies: Sequence[str]) -> None:
        self.answers: Counter[int] = Counter()
        self.dropped: list[str] = []
        self.asked: list[str] = []
        """Ids of the sync requests that were answered with 202."""
        self.imported: list[str] = []
        """Administrations of the organisations that came meanwhile."""
        self._stage = stage
        self._token = token
        self._calls = calls
        self._companies = companies
        self._tasks: list[asyncio.Task[None]] = []
        self._over = asyncio.Event()

    async def __aenter__(self) -> Self:
        by_service: dict[str, list[Call]] = {}
        for call in self._calls:
            by_service.setdefault(call.service, []).append(call)
        callers = [self._caller(calls) for calls in by_service.values() for _ in range(_CALLERS)]
        self._tasks = [asyncio.create_task(each) for each in (*callers, self._newcomers())]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await asyncio.gather(*self._tasks)

    @property
    def failed(self) -> int:
        """Answers that say the service failed."""
        return sum(times for code, times in self.answers.items() if code >= httpx.codes.INTERNAL_SERVER_ERROR)

    async def _caller(self, calls: Sequence[Call]) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        async with httpx.AsyncClient(timeout=30.0, trust_env=False, headers=headers) as http:
            while not self._over.is_set():
                await self._make(http, random.choice(calls))
                await self._rest(2 * _PAUSE * random.random())

    async def _make(self, http: httpx.AsyncClient, call: Call) -> None:
        url = self._stage.services[call.service] + call.path
        try:
            answer = await http.request(call.method, url, json=call.body)
        except httpx.HTTPError as error:
            self.dropped.append(f"{call.method} {url}: {error!r}")
            return
        self.answers[answer.status_code] += 1
        if answer.status_code == httpx.codes.ACCEPTED:
            self.asked += [str(item["sync_request_id"]) for item in answer.json()["items"]]

    async def _newcomers(self) -> None:
        """One organisation after another connects, discovers and imports two companies."""
        while not self._over.is_set():
            try:
                async with Organisation(self._stage) as newcomer:
                    session = await _discovered(newcomer, await newcomer.connect(self._companies))
                    await newcomer.complete(session)
                    self.imported += await newcomer.confirm(session)
                    await newcomer.await_assigned(len(self._companies))
            except httpx.HTTPError as error:
                self.dropped.append(f"{error.request.method} {error.request.url} of an import: {error!r}")
            except RuntimeError as error:
                self.dropped.append(f"an import: {error!r}")
            await self._rest(1.0)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()


async def _discovered(newcomer: Organisation, connection: str) -> str:
    """A new connection is not found until import-svc has heard of it, which waits for a consumer that starts."""
    while True:
        try:
            return await newcomer.discover(connection)
        except httpx.HTTPStatusError as error:
            if error.response.status_code != httpx.codes.NOT_FOUND:
                raise
        await asyncio.sleep(_PAUSE)
