"""Services that answer the operators' tool as a test says, in place of HTTP."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from koppel_cli.places import variable_of
from koppel_local.stack.layout import SERVICES

NAMES = tuple(service.name for service in SERVICES)
ISSUED = "a-token"


def answering(
    monkeypatch: pytest.MonkeyPatch, by_service: Mapping[str, Mapping[str, Any] | Exception]
) -> list[tuple[str, str, str]]:
    """Each service answers a path with what stands there, else 404; an exception is that nobody answers.

    Returns the calls, as they come: service, method and path.
    """
    calls: list[tuple[str, str, str]] = []

    def request(method: str, url: str, **_: object) -> httpx.Response:
        place = urlsplit(url)
        calls.append((str(place.hostname), method, place.path))
        answers = by_service[str(place.hostname)]
        if isinstance(answers, Exception):
            raise answers
        answer = answers.get(place.path)
        if isinstance(answer, httpx.Response):
            return answer
        problem = {"code": "not_found", "detail": "There is no such thing."}
        return httpx.Response(404 if answer is None else 200, content=json.dumps(answer or problem))

    monkeypatch.setattr("koppel_cli.http_call.request", request)
    monkeypatch.setenv("KOPPEL_TOKEN", ISSUED)
    for name in by_service:
        monkeypatch.setenv(variable_of(name), f"http://{name}")
    return calls


def page(*items: Mapping[str, Any]) -> dict[str, Any]:
    """A list's only page."""
    return {"items": list(items), "next_cursor": None}
