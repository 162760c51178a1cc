"""Logs by OTLP: the lines of stdout, with the same secrets taken out."""

import logging
from collections.abc import Mapping

import orjson
from opentelemetry._logs import Logger, LogRecord, SeverityNumber
from opentelemetry.context import get_current
from opentelemetry.util.types import AnyValue

from koppel.platform.telemetry.logs import LibraryLines, told
from koppel.platform.telemetry.redaction import RedactionFilter

_SEVERITIES = {
    logging.DEBUG: SeverityNumber.DEBUG,
    logging.INFO: SeverityNumber.INFO,
    logging.WARNING: SeverityNumber.WARN,
    logging.ERROR: SeverityNumber.ERROR,
    logging.CRITICAL: SeverityNumber.FATAL,
}
_OF_EXPORT = frozenset({"opentelemetry", "urllib3", "requests"})
"""What sending itself logs stays on stdout: sent, it would be logged again where the collector is away."""
_LONGEST_NUMBER = 2**63


class LogExport(logging.Handler):
    """Gives each line to `logger`, which sends it later. Fields of a line are attributes; the traceback is one too."""

    def __init__(self, logger: Logger) -> None:
        super().__init__()
        self._logger = logger
        self.addFilter(lambda record: record.name.partition(".")[0] not in _OF_EXPORT)
        self.addFilter(LibraryLines())
        self.addFilter(RedactionFilter())

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._logger.emit(_as_otlp(record))
        except Exception:  # noqa: BLE001  (as every handler of logging: a line costs no work)
            self.handleError(record)


def _as_otlp(record: logging.LogRecord) -> LogRecord:
    fields = told(record)
    message = fields.pop("message")
    for known in ("trace_id", "span_id"):  # they have places of their own, filled from the context
        fields.pop(known, None)
    return LogRecord(
        timestamp=int(record.created * 1e9),
        context=get_current(),
        severity_text=record.levelname,
        severity_number=_SEVERITIES.get(record.levelno, SeverityNumber.UNSPECIFIED),
        body=_plain(message),
        attributes={name: _plain(value) for name, value in fields.items()},
    )


def _plain(value: object) -> AnyValue:
    """As protobuf can hold it: one value that it cannot would cost all lines that are sent together."""
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int) and -_LONGEST_NUMBER <= value < _LONGEST_NUMBER:
        return value
    if isinstance(value, Mapping | list | tuple):
        return _text(value)
    return str(value).encode("utf-8", "backslashreplace").decode()


def _text(value: object) -> str:
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except orjson.JSONEncodeError:
        return repr(value).encode("utf-8", "backslashreplace").decode()
