"""JSON logs on stdout, one object a line."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

import orjson
from opentelemetry import trace

from koppel.platform.telemetry.bounded_rate import BoundedRate
from koppel.platform.telemetry.context import current_context
from koppel.platform.telemetry.redaction import RedactionFilter, redact, redact_named

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_QUIET = ("httpx", "httpcore", "aiokafka", "kafka", "faststream", "asyncio", "uvicorn", "opentelemetry")
"""Libraries that log per call; httpx logs whole URLs at INFO (encode/httpx #2760)."""
_MOST_ALIKE = 5
"""Lines a minute from one place of a library: aiokafka writes hundreds a second while a broker is away, uvicorn one for
each request that is no HTTP."""

_ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]


class JsonFormatter(logging.Formatter):
    """`time, level, service, logger, message` always; trace, organisation, correlation, extras when known."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname.lower(),
            "service": self._service,
            **told(record),
        }
        try:
            return orjson.dumps(line, default=_text, option=orjson.OPT_NON_STR_KEYS).decode()
        except orjson.JSONEncodeError:  # half a surrogate pair, or a number beyond 64 bits
            return json.dumps(line, default=_text)


def told(record: logging.LogRecord) -> dict[str, object]:
    """What a line says besides when, how grave and of which service; without secrets."""
    line: dict[str, object] = {"logger": record.name, "message": redact(record.getMessage()), **_where()}
    line |= {name: redact_named(name, value) for name, value in vars(record).items() if name not in _STANDARD}
    if record.exc_info and record.exc_info[0] is not None:
        line["exception"] = redact(_traceback(record.exc_info))
    return line


class LibraryLines(logging.Filter):
    """Lets five lines a minute through from each place of a library about each kind of failure: a broker that is back and refuses
    us is not one that is away. The next one says how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._rates: dict[tuple[str, str, int, tuple[str, ...]], BoundedRate] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.partition(".")[0] not in _QUIET:
            return True
        told = record.args if isinstance(record.args, tuple) else ()
        failures = tuple(type(each).__name__ for each in told if isinstance(each, BaseException))
        place = (record.name, record.pathname, record.lineno, failures)
        left_out = self._rates.setdefault(place, BoundedRate(_MOST_ALIKE)).admit()
        if left_out:
            record.left_out = left_out
        return left_out is not None


def setup_logging(service: str, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Make the root logger write redacted JSON to stdout (or `stream`); replaces its handlers."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter(service))
    handler.addFilter(LibraryLines())
    handler.addFilter(RedactionFilter())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(capture=True)


def _where() -> dict[str, object]:
    context, span = current_context(), trace.get_current_span().get_span_context()
    known: dict[str, object] = {}
    if span.is_valid:
        known |= {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
    if context.organisation_id is not None:
        known["organisation_id"] = str(context.organisation_id)
    if context.correlation_id is not None:
        known["correlation_id"] = str(context.correlation_id)
    return known


def _traceback(exc_info: object) -> str:
    """The stack without the values of local variables."""
    kind, error, trail = _known(exc_info)
    return "".join(traceback.TracebackException(kind, error, trail, capture_locals=False).format()).rstrip()


def _known(exc_info: object) -> _ExceptionInfo:
    assert isinstance(exc_info, tuple)  # noqa: S101  (the logging module's own contract)
    return exc_info[0], exc_info[1], exc_info[2]


def _text(value: object) -> str:
    return redact(str(value))
