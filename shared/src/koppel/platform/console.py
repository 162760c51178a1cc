"""Output of our commands: a line for a person, or a log line where KOPPEL_LOG_FORMAT is `json`.

The images set it, so that a container writes one kind of line from its first one, also before a service's log exists.
"""

import logging
import os
import sys
from pathlib import Path

from koppel.platform.telemetry.logs import JsonFormatter


def say(line: str) -> None:
    """What was done, on stdout."""
    print(_as_logged(line, logging.INFO) if _logs() else line)  # noqa: T201  (what a command says)


def complain(line: str) -> None:
    """Why it could not be done and what helps, on stderr; the exit code is the caller's."""
    print(_as_logged(line, logging.ERROR) if _logs() else f"error: {line}", file=sys.stderr)  # noqa: T201


def _logs() -> bool:
    return os.environ.get("KOPPEL_LOG_FORMAT") == "json"


def _as_logged(line: str, level: int) -> str:
    name = Path(sys.argv[0]).resolve().name  # the image's `service` is a link
    return JsonFormatter(name).format(
        logging.LogRecord("koppel.console", level, __file__, 0, line, args=None, exc_info=None)
    )
