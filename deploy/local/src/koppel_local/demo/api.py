"""Calls to a service, as any program makes them. A part that is restarted meanwhile is waited for."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

import httpx

from koppel_local.demo.failure import Unexpected

Json = dict[str, Any]
"""An answer; its shape is the contract of the service that gave it."""

_AWAY_FOR = 60.0
_AGAIN_AFTER = 0.2
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)


class Api:
    """One service, called as one person. Raises `Unexpected` on any other status than the expected one."""

    def __init__(
        self,
        name: str,
        url: str,
        token: str | None,
        say: Callable[[str], None],
        *,
        away_for: float = _AWAY_FOR,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._name = name
        self._say = say
        self._away_for = away_for
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=_TIMEOUT, trust_env=False, transport=transport
        )

    def get(self, path: str, **query: str | int) -> Json:
        return self._json(self.call("GET", path, 200, query=query))

    def put(self, path: str, body: Json) -> Json:
        return self._json(self.call("PUT", path, 200, body=body))

    def post(self, path: str, body: Json | None = None, *, expected: int = 201) -> Json:
        return self._json(self.call("POST", path, expected, body=body))

    def items(self, path: str, **query: str | int) -> Iterator[Json]:
        """Every item of a list, page by page."""
        while True:
            page = self.get(path, **query)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            query = {**query, "cursor": page["next_cursor"]}

    def call(
        self,
        method: str,
        path: str,
        expected: int,
        *,
        body: Json | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        """Sent again with the same key while the service is away: nothing is done twice."""
        request = self._http.build_request(
            method, path, json=body, params=query, headers={"Idempotency-Key": str(uuid4())}
        )
        answer = self._sent(request)
        if answer.status_code != expected:
            raise Unexpected(f"{expected} from {self._name} to {method} {path}", _in_words(answer))
        return answer

    def close(self) -> None:
        self._http.close()

    def _sent(self, request: httpx.Request) -> httpx.Response:
        deadline, said = time.monotonic() + self._away_for, False
        while True:
            try:
                answer = self._http.send(request)
            except httpx.TransportError as error:
                if time.monotonic() >= deadline:
                    raise Unexpected(f"an answer from {self._name}", f"none ({error})") from error
            else:
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() >= deadline:
                    return answer
            if not said:
                self._say(f"{self._name} does not answer now, waiting for it")
                said = True
            time.sleep(_AGAIN_AFTER)

    def _json(self, answer: httpx.Response) -> Json:
        try:
            content: Json = answer.json()
        except ValueError as error:
            raise Unexpected(f"JSON from {self._name}", answer.text[:200]) from error
        return content


def _in_words(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        errors = "".join(f"; {each['pointer']}: {each['message']}" for each in problem.get("errors", []))
        return f"{answer.status_code} {problem['code']}: {problem['detail']}{errors}"
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:200]}"
