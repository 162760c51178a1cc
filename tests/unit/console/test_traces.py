"""A click at the console and what services do about it are one trace."""

import httpx
import pytest
from opentelemetry.sdk.trace import TracerProvider

from koppel_console.services.calls import Calls
from koppel_console.services.remembered import Remembered
from koppel_console.session.session import Session

ADDRESSES = {"sync-svc": "https://s.test"}
SESSION = Session(
    access_token="a-token", refresh_token=None, expires_at=0, subject="s", name="Marieke", organisation="o"
)


@pytest.mark.parametrize("kind", ["read", "act"])
async def test_a_call_carries_the_trace_of_the_click(kind: str) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={})

    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        calls = Calls(http, ADDRESSES, Remembered(), SESSION, "c")
        with tracer.start_as_current_span("click") as click:
            if kind == "read":
                await calls.read("sync-svc", "/v1/sync-runs")
            else:
                await calls.act("POST", "sync-svc", "/v1/syncs", {})
    [request] = asked
    assert request.headers["traceparent"].split("-")[1] == f"{click.get_span_context().trace_id:032x}"
    assert request.headers["x-correlation-id"] == "c"
