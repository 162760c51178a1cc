"""What strangers send costs time in proportion to its length, wherever it is looked at before a token is."""

import asyncio
import io
import logging
from collections.abc import Callable, Iterator

import pytest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from koppel.kernel.errors import InvalidInput, Unauthenticated
from koppel.platform.http.body_limits import BodyLimits
from koppel.platform.http.json_shape import fault_of
from koppel.platform.http.pagination import decode_cursor
from koppel.platform.http.request_boundary import RequestBoundary
from koppel.platform.identity import Authenticator
from koppel.platform.telemetry.logs import JsonFormatter
from koppel.platform.telemetry.propagation import remote_context
from koppel.platform.telemetry.redaction import RedactionFilter, redact_url
from koppel.testing.growth import grows_in_proportion

Headers = list[tuple[bytes, bytes]]
Ask = Callable[[Headers, bytes], int]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """The status of a request with these headers and this body, at the rings that every request meets first."""
    app, loop = RequestBoundary(BodyLimits(_empty)), asyncio.new_event_loop()

    def asked(headers: Headers, body: bytes) -> int:
        seen: list[int] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            seen.append(message.get("status", 0))

        loop.run_until_complete(app(_scope(headers), receive, send))
        return seen[0]

    yield asked
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


@pytest.mark.timeout(20)
@pytest.mark.parametrize("before", ["", '"', '{"a":'])
@pytest.mark.parametrize("piece", ['"', '"\\', "\\", '\\"', "\\u", "\\ud83d", "[]", ',"', "[],", "{", '"",'])
def test_a_body_is_looked_at_once(piece: str, before: str) -> None:
    # More brackets than may be nested, so that none of it is passed over.
    many = "[]" * 40 + before
    assert grows_in_proportion(lambda text: fault_of((many + text).encode()), piece)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("line", ["a,", "a:b,", "traceparent:00,", "baggage:a=b,", "cookie:a=b,"])
def test_header_lines_are_looked_at_a_fixed_number_of_times(ask: Ask, line: str) -> None:
    def act(text: str) -> None:
        lines = [(name, *each.partition(":")) for name, each in enumerate(text.split(","))]
        ask([(f"{name}{number}".encode(), value.encode()) for number, name, _, value in lines], b"")

    assert grows_in_proportion(act, line, shortest=1 << 11, longest=1 << 15)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", ["traceparent", "tracestate", "baggage", "x-correlation-id", "content-length",
                                  "content-type", "cookie", "authorization"])  # fmt: skip
@pytest.mark.parametrize("piece", [" ", "9", "a=b,", "-", ";"])
def test_a_long_header_is_looked_at_once(ask: Ask, name: str, piece: str) -> None:
    def act(text: str) -> None:
        ask([(name.encode(), f"a{text}a".encode())], b"")

    assert grows_in_proportion(act, piece, shortest=1 << 12, longest=1 << 15)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "before", ["", "access_token='", 'password="', "Bearer ", "authorization:", "x://a:"]
)
@pytest.mark.parametrize("piece", ["\\", "\\'", "eyJ-", " ", "secret=", 'code="', "\n", "a"])  # fmt: skip
def test_a_log_line_is_made_in_one_pass(piece: str, before: str) -> None:
    line = JsonFormatter("test-svc")

    def act(text: str) -> None:
        record = logging.makeLogRecord(
            {"msg": "parked %s", "args": (before + text,), "event_id": before + text}
        )
        RedactionFilter().filter(record)
        line.format(record)

    assert grows_in_proportion(act, piece, longest=1 << 16)


def test_a_log_line_is_bounded_whatever_it_quotes() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter("test-svc"))
    handler.addFilter(RedactionFilter())
    handler.handle(logging.makeLogRecord({"msg": "parked " + "x" * 1_000_000}))
    assert "1000007 characters" in stream.getvalue()
    assert len(stream.getvalue()) < 70_000


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["A", "WyI", "=", "_-", "[", "é"])
def test_a_cursor_is_read_in_one_pass(piece: str) -> None:
    def act(text: str) -> None:
        with pytest.raises(InvalidInput):
            decode_cursor(text, int)

    assert grows_in_proportion(act, piece)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", [".", "eyJ", "A.", "W1tb", "OTk5"])
def test_a_token_is_read_in_one_pass(authenticator: Authenticator, piece: str) -> None:
    loop = asyncio.new_event_loop()

    def act(text: str) -> None:
        with pytest.raises(Unauthenticated):
            loop.run_until_complete(authenticator.authenticate(text))

    assert grows_in_proportion(act, piece, shortest=1 << 10, longest=1 << 16)
    loop.close()


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["/oauth/", "?", "[", "a=b&", "://", "%3D"])
def test_an_address_is_redacted_in_one_pass(piece: str) -> None:
    assert grows_in_proportion(lambda text: redact_url(f"https://k.test/{text}"), piece, longest=1 << 16)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", [" ", "-", "0", "\t", "-0a"])
def test_a_traceparent_is_read_in_one_pass(piece: str) -> None:
    start = f"00-{'1' * 32}-{'2' * 16}-01-"
    assert grows_in_proportion(lambda text: remote_context(f"{start}{text}\nx"), piece)


@pytest.mark.parametrize("length", ["9" * 5_000, "0" * 5_000, "²", "-1", "1e9"])
def test_a_declared_length_of_any_form_is_answered(ask: Ask, length: str) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", length.encode("latin-1"))]
    assert ask(headers, b"{}") == (413 if length.startswith("9") else 200)


def test_foreign_baggage_and_trace_states_leave_no_line(ask: Ask, caplog: pytest.LogCaptureFixture) -> None:
    parent = b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01"
    headers = [(b"traceparent", parent), (b"baggage", b"shown"), (b"tracestate", b"shown" * 200)]
    with caplog.at_level(logging.DEBUG):
        ask([*headers, (b"traceparent", b"x" * 9_000)], b"")
        ask([(b"traceparent", b"x" * 9_000)], b"")
    assert [record for record in caplog.records if record.name.startswith("opentelemetry")] == []


def test_more_headers_than_anybody_needs_are_refused(ask: Ask) -> None:
    assert ask([(b"a", b"")] * 200, b"") == 200
    assert ask([(b"a", b"")] * 201, b"") == 431


async def _empty(scope: Scope, receive: Receive, send: Send) -> None:
    await Response()(scope, receive, send)


def _scope(headers: Headers) -> Scope:
    return {
        "type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers, "state": {},
    }  # fmt: skip
