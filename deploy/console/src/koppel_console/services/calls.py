"""HTTP to the four services with the person's own token.

A read has five seconds, so that one silent service costs a page that and no more; an act has twenty-five, for a login may take that at a
provider. Reads of a page run side by side: `await gather(calls.read(…), calls.read(…))`.
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from koppel.platform.telemetry.propagation import propagator
from koppel_console.services.panel import Panel
from koppel_console.services.problem import Problem, problem_of, silence
from koppel_console.services.remembered import Remembered
from koppel_console.session.session import Session

READ_SECONDS = 4.5
ACT_SECONDS = 25.0
_LARGEST = 8 * 1024 * 1024
_WHOLE_PAGE, _MOST_PAGES = 200, 25

Query = str | int | bool | Sequence[str] | None


class TokenRefused(Exception):
    """A service does not take the token any more: the person logs in again."""


def found_by(correlation_id: str) -> dict[str, str]:
    """Headers of a call: the ids that its lines and its trace are found by, at the service as here."""
    headers = {"X-Correlation-Id": correlation_id}
    propagator.inject(headers)
    return headers


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act led to: the answer's JSON (None without one), or the problem."""

    data: Any = None
    problem: Problem | None = None
    cookies: tuple[str, ...] = ()
    """`Set-Cookie` headers of the answer: connection-svc binds a login round to the browser by one."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one visit. `addresses` are base URLs by the service's name."""

    http: httpx.AsyncClient
    addresses: Mapping[str, str]
    remembered: Remembered
    session: Session
    correlation_id: str

    async def read(self, service: str, path: str, **query: Query) -> Panel:
        """GET. Never raises for a service that fails: the panel says so, with what was last known."""
        return await self._read(service, path, query, READ_SECONDS)

    async def _read(self, service: str, path: str, query: Mapping[str, Query], within: float) -> Panel:
        url = self.url(service, path, query)
        try:
            async with asyncio.timeout(within):
                answer = await self.http.get(url, headers=self._headers())
        except TimeoutError:
            return self._silent(url, silence(service, "service_slow", self.correlation_id))
        except httpx.HTTPError:
            return self._silent(url, silence(service, "service_away", self.correlation_id))
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise TokenRefused
        if not answer.is_success:
            problem = problem_of(service, answer, self.correlation_id)
            return (
                self._silent(url, problem) if problem.is_silence else Panel(service=service, problem=problem)
            )
        if (data := _json(answer)) is None:
            return self._silent(url, silence(service, "answer_garbled", self.correlation_id))
        at = self.remembered.keep(self.session, url, answer.content)
        return Panel(service=service, data=data, at=at)

    async def read_all(self, service: str, path: str, **query: Query) -> Panel:
        """A whole list, page after page; it is as old as its oldest page, and ends where one is missing.

        All its pages have the time of two together: a service that is slow at each holds nobody up for minutes.
        """
        ends = time.monotonic() + 2 * READ_SECONDS
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        page = Panel(service=service)
        for _ in range(_MOST_PAGES):
            within = min(READ_SECONDS, ends - time.monotonic())
            page = await self._read(service, path, {**query, "cursor": cursor, "limit": _WHOLE_PAGE}, within)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        if not page.is_there and not found:
            return page
        data = {**(page.data if isinstance(page.data, dict) else {}), "items": found}
        return Panel(service=service, data=data, at=page.at or datetime.now(UTC), problem=page.problem)

    async def act(
        self, method: str, service: str, path: str, body: object = None, *, key: str | None = None
    ) -> Outcome:
        """POST, PUT, PATCH or DELETE; `key` is the `Idempotency-Key`, so that a second click changes nothing."""
        headers = self._headers() | ({"Idempotency-Key": key} if key else {})
        try:
            async with asyncio.timeout(ACT_SECONDS):
                answer = await self.http.request(
                    method, self.url(service, path, {}), json=body, headers=headers
                )
        except TimeoutError:
            return Outcome(problem=silence(service, "service_slow", self.correlation_id))
        except httpx.HTTPError:
            return Outcome(problem=silence(service, "service_away", self.correlation_id))
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise TokenRefused
        if not answer.is_success:
            return Outcome(problem=problem_of(service, answer, self.correlation_id))
        data = _json(answer) if answer.content else None
        if answer.content and data is None:
            return Outcome(problem=silence(service, "answer_garbled", self.correlation_id))
        return Outcome(data, cookies=tuple(answer.headers.get_list("set-cookie")))

    def url(self, service: str, path: str, query: Mapping[str, Query]) -> str:
        """The whole address; None and empty text are left out of the query, a sequence stands there several times."""
        pairs = [
            (name, _text(each))
            for name, value in query.items()
            if value is not None and value != ""
            for each in (value if isinstance(value, (list, tuple)) else (value,))
        ]
        return f"{self.addresses[service]}{path}{'?' if pairs else ''}{urlencode(pairs)}"

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.session.access_token}",
            "Accept": "application/json",
            **found_by(self.correlation_id),
        }

    def _silent(self, url: str, problem: Problem) -> Panel:
        kept = self.remembered.last(self.session, url)
        if kept is None:
            return Panel(service=problem.service, problem=problem)
        return Panel(service=problem.service, data=json.loads(kept[0]), at=kept[1], problem=problem)


def segment(text: str, *, most: int = 200) -> str:
    """Text from an address of ours as one segment of a service's path: it can name nothing else there, nor a folder above."""
    quoted = quote(text[:most], safe="")
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E")


def _json(answer: httpx.Response) -> Any:
    """None for what is no JSON document, or is too large."""
    try:
        return json.loads(answer.content) if len(answer.content) <= _LARGEST else None
    except ValueError:
        return None


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
