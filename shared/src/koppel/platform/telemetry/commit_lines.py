"""Log lines about a transaction, written when it has committed. A transaction that is rolled back writes none.

Of many lines with one message the first ten are written, and one that says how many more there were.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from koppel.platform.telemetry.metrics import metrics

_EACH = 10
_LONGEST = 200
"""Characters of a value: some are names that others chose."""


@dataclass(frozen=True, slots=True)
class _Line:
    log: logging.Logger
    level: int
    message: str
    fields: dict[str, object]
    error: BaseException | None


@dataclass(slots=True)
class _Writer:
    """What was written so far of one transaction, or of several."""

    written: Counter[tuple[str, int, str]] = field(default_factory=Counter)

    def write(self, line: _Line) -> None:
        kind = (line.log.name, line.level, line.message)
        self.written[kind] += 1
        if self.written[kind] <= _EACH:
            line.log.log(line.level, line.message, extra=line.fields, exc_info=line.error)

    def close(self) -> None:
        for (name, level, message), times in self.written.items():
            if times > _EACH:
                logging.getLogger(name).log(level, "%s: %d more", message, times - _EACH)


_open: ContextVar[list[_Line] | None] = ContextVar("lines of the open transaction", default=None)
_writer: ContextVar[_Writer | None] = ContextVar("writer of several transactions", default=None)


def log_on_commit(
    log: logging.Logger, level: int, message: str, *, error: BaseException | None = None, **fields: object
) -> None:
    """Write the line when the transaction of this task commits; at once where none is open.

    `message` is a constant of ours, what differs goes into `fields`: ids and codes, None is left out.
    """
    if not metrics.recording:
        return
    shown = {name: _short(value) for name, value in fields.items() if value is not None}
    line = _Line(log, level, message, shown, error)
    lines = _open.get()
    if lines is None:
        _write([line])
    else:
        lines.append(line)


@contextmanager
def lines_of_transaction() -> Iterator[None]:
    """Around a transaction: keeps its lines until it has committed, drops them when it raises."""
    outer, lines = _open.get(), list[_Line]()
    _open.set(lines)
    try:
        yield
        _write(lines)
    finally:
        _open.set(outer)


@contextmanager
def lines_of_savepoint() -> Iterator[None]:
    """Around a savepoint: drops what was said inside when it raises."""
    lines = _open.get()
    before = 0 if lines is None else len(lines)
    try:
        yield
    except BaseException:
        if lines is not None:
            del lines[before:]
        raise


@contextmanager
def lines_together() -> Iterator[None]:
    """Around a round of many transactions: they share the ten lines of each message."""
    outer, writer = _writer.get(), _Writer()
    _writer.set(writer)
    try:
        yield
    finally:
        _writer.set(outer)
        writer.close()


def _write(lines: list[_Line]) -> None:
    shared = _writer.get()
    writer = shared or _Writer()
    for line in lines:
        writer.write(line)
    if shared is None:
        writer.close()


def _short(value: object) -> object:
    if isinstance(value, int | float):
        return value
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
