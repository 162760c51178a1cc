"""One HTTP call: sent once, read up to a limit, within a deadline, every network outcome typed."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx
import orjson
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import JsonValue

from koppel.providers import failures

tracer = trace.get_tracer(__name__)

LARGEST_ANSWER = 10 * 1024 * 1024
"""Bytes after decompression."""

DEADLINE = 60.0
"""Seconds for a whole call: a server that drips bytes would never meet a read time-out."""

LONGEST_WAIT = 86_400.0
"""Seconds; what a provider asks beyond a day is taken for a mistake."""

_LOOKED_AT = 100
"""Bytes in which a page begins."""

_OLDEST_EPOCH = 1_000_000_000
"""From here on a number is an instant (2001 and later), never a delay."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer; `body` is kept out of the repr because it can hold tokens."""

    status: int
    headers: httpx.Headers
    _body: bytes

    def __repr__(self) -> str:
        return f"Answer(status={self.status})"

    @property
    def is_success(self) -> bool:
        """Any 2xx: the provider did what it was asked."""
        return 200 <= self.status < 300

    @property
    def is_page(self) -> bool:
        """A page for people, HTML: something in between answered, or the provider has a fault that its API does not know."""
        kind = self.headers.get("Content-Type", "").strip().lower()
        return kind.startswith("text/html") or self._body[:_LOOKED_AT].lstrip()[:1] == b"<"

    def beginning(self, length: int) -> str:
        """The body's first bytes as text, whatever its form: to look for known words in, never to be passed on."""
        return self._body[:length].decode("utf-8", "replace")

    def json(self) -> JsonValue:
        """The body parsed; numbers with a fraction become floats. Raises `provider_bad_answer`.

        A byte order mark is passed over. What is no Unicode character, such as half of one that was cut off, is
        replaced: one item's text is no reason to read none of its list.
        """
        try:
            parsed: JsonValue = orjson.loads(self._body)
        except orjson.JSONDecodeError:
            parsed = _repaired(self._body)
        if parsed is _INVALID:  # raised here, not in the handler: that error would carry the body along
            raise failures.failure(failures.BAD_ANSWER)
        return parsed

    def json_object(self) -> dict[str, JsonValue]:
        """The body as a JSON object. Raises `provider_bad_answer`."""
        parsed = self.json()
        if not isinstance(parsed, dict):
            raise failures.failure(failures.BAD_ANSWER)
        return parsed

    def json_list(self) -> list[JsonValue]:
        """The body as a JSON array. Raises `provider_bad_answer`."""
        parsed = self.json()
        if not isinstance(parsed, list):
            raise failures.failure(failures.BAD_ANSWER)
        return parsed

    def error_object(self) -> dict[str, JsonValue]:
        """The body of an error as far as it is a JSON object, else an empty one."""
        try:
            return self.json_object()
        except failures.ProviderFailure:
            return {}

    def date(self) -> datetime | None:
        """When the provider answered, by its own clock."""
        return _http_date(self.headers.get("Date"))

    def retry_after(self) -> float | None:
        """Seconds of the `Retry-After` header, given in seconds or as a date (RFC 9110 §10.2.3), or as an epoch second,
        which some providers send. An instant is reckoned against the answer's own `Date`."""
        value, now = self.headers.get("Retry-After", "").strip(), self.date()
        if value.isascii() and value.isdigit():
            number = float(value)
            if now is None or number < _OLDEST_EPOCH:
                return min(number, LONGEST_WAIT)
            return _until(number, now)
        until = _http_date(value)
        return None if until is None or now is None else _until(until.timestamp(), now)


def _until(epoch: float, now: datetime) -> float:
    return min(max(epoch - now.timestamp(), 0.0), LONGEST_WAIT)


def _repaired(body: bytes) -> JsonValue:
    try:
        found = json.loads(body.decode("utf-8-sig", "replace"), parse_constant=_no_number)
        repaired: JsonValue = orjson.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return _INVALID
    return repaired


def _no_number(word: str) -> JsonValue:
    raise ValueError(word)  # NaN and its like, which JSON does not have


_INVALID: JsonValue = object()  # type: ignore[assignment]  # a mark that no JSON text can produce


async def send(http: httpx.AsyncClient, request: httpx.Request, *, deadline: float = DEADLINE) -> Answer:
    """Send the request once and read the answer whole, whatever its status, in a span of its own.

    Raises `ProviderFailure`: unreachable, timed out, dropped, too large, unsendable. The httpx error is
    not chained: its message can quote a header, and headers hold tokens. The span has no path, which can name a
    company, and the trace is not told to the provider.
    """
    told = {"http.request.method": request.method, "server.address": request.url.host}
    with tracer.start_as_current_span(request.method, kind=SpanKind.CLIENT, attributes=told) as span:
        outcome = await _outcome(http, request, deadline)
        if isinstance(outcome, Answer):
            span.set_attribute("http.response.status_code", outcome.status)
        failed = outcome.code if isinstance(outcome, failures.FailureKind) else _error_status(outcome.status)
        if failed:
            span.set_attribute("error.type", failed)
            span.set_status(StatusCode.ERROR)
    if isinstance(outcome, failures.FailureKind):
        raise failures.failure(outcome)
    return outcome


async def _outcome(
    http: httpx.AsyncClient, request: httpx.Request, deadline: float
) -> Answer | failures.FailureKind:
    try:
        async with asyncio.timeout(deadline):
            return await _read(http, request)
    except TimeoutError:
        return failures.TIMEOUT
    except httpx.RequestError as error:
        return _network_kind(error)
    except (httpx.InvalidURL, UnicodeEncodeError):
        return failures.REQUEST_UNSENDABLE


def _error_status(status: int) -> str | None:
    return str(status) if status >= 400 else None


async def _read(http: httpx.AsyncClient, request: httpx.Request) -> Answer | failures.FailureKind:
    response = await http.send(request, stream=True, follow_redirects=False)
    try:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > LARGEST_ANSWER:
                return failures.ANSWER_TOO_LARGE
            chunks.append(chunk)
    finally:
        await response.aclose()
    return Answer(response.status_code, response.headers, b"".join(chunks))


def _network_kind(error: httpx.RequestError) -> failures.FailureKind:
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.ProxyError():
            return failures.UNREACHABLE
        case httpx.TimeoutException():
            return failures.TIMEOUT
        case httpx.DecodingError():
            return failures.BAD_ANSWER
        case httpx.LocalProtocolError() | httpx.UnsupportedProtocol():
            return failures.REQUEST_UNSENDABLE
        case _:
            return failures.DROPPED


def _http_date(value: str | None) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.tzinfo else None
