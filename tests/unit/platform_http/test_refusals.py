"""Who is refused leaves a line, at a bounded rate; all are counted."""

import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Depends

from koppel.platform.http import require_operator
from koppel.platform.http.refusals import RefusalLines
from koppel.platform.identity import Principal
from koppel.platform.telemetry import metrics
from koppel.testing.tokens import TokenIssuer

from .conftest import NOW

Serve = Callable[[APIRouter], AbstractAsyncContextManager[httpx.AsyncClient]]


def test_twenty_lines_a_minute_and_then_how_many_more(caplog: pytest.LogCaptureFixture) -> None:
    now = 100.0
    refusals = RefusalLines(lambda: now)
    for _ in range(1_000):
        refusals.write(status=401, code="unauthenticated", method="GET", route="/x")
    assert len(caplog.records) == 20
    now += 59.9
    refusals.write(status=401, code="unauthenticated", method="GET", route="/x")
    assert len(caplog.records) == 20
    now += 0.2
    refusals.write(status=403, code="forbidden", method="GET", route="/x")
    assert len(caplog.records) == 21
    assert caplog.records[-1].__dict__["left_out"] == 981


async def test_a_refusal_tells_route_and_code_and_nothing_that_was_sent(
    serve: Serve, issuer: TokenIssuer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("koppel.platform.http.error_handlers._refusals", RefusalLines())
    router = APIRouter()

    @router.get("/things/{thing}")
    async def thing(principal: Annotated[Principal, Depends(require_operator())]) -> None: ...

    def counted(status: str) -> float:
        return metrics.value(
            "koppel_http_requests_total", method="GET", route="/things/{thing}", status=status
        )

    before = counted("401"), counted("403")
    token = issuer.person(now=NOW)
    with caplog.at_level(logging.INFO):
        async with serve(router) as client:
            await client.get("/things/canary", headers={"Authorization": "Bearer canary"})
            await client.get("/things/canary", headers={"Authorization": f"Bearer {token}"})
    refused = [record.__dict__ for record in caplog.records if record.getMessage() == "refused"]
    assert [(line["status"], line["code"], line["route"]) for line in refused] == [
        (401, "unauthenticated", "/things/{thing}"),
        (403, "forbidden", "/things/{thing}"),
    ]
    assert "canary" not in str(refused)
    assert token not in str(refused)
    assert (counted("401"), counted("403")) == (before[0] + 1, before[1] + 1)
