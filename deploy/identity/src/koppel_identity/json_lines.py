"""The log: one JSON object a line on stdout, with the members that the services' lines have. No request is logged: tokens stand in them."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final


class JsonLines(logging.Formatter):
    """`time, level, service, logger, message`, and `exception` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "level": record.levelname.lower(),
            "service": "koppel-identity",
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


CONFIGURATION: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": JsonLines}},
    "handlers": {
        "stdout": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}
    },
    "root": {"handlers": ["stdout"], "level": "INFO"},
    "loggers": {"httpx": {"level": "WARNING"}},
}
"""For `logging.config.dictConfig`, which uvicorn calls."""
