"""Why a client could not connect, in one line that names the setting to look at.

The client raises "unable to bootstrap" whatever the reason was, and logs the reason. Here its lines are kept back while
something is tried, and the last one is told in place of the error.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from aiokafka.errors import KafkaConnectionError

_LONGEST = 300
_LOOK_AT = (
    ("SaslAuthenticationFailed", "KOPPEL_KAFKA_SASL_USERNAME and KOPPEL_KAFKA_SASL_PASSWORD"),
    ("UnsupportedSaslMechanism", "KOPPEL_KAFKA_SASL_MECHANISM"),
    ("IllegalSaslState", "KOPPEL_KAFKA_SECURITY_PROTOCOL"),
    ("CERTIFICATE_VERIFY_FAILED", "KOPPEL_KAFKA_CA_FILE, or at the broker's certificate"),
    ("ALERT", "KOPPEL_KAFKA_CERTIFICATE_FILE"),
    ("SSL", "KOPPEL_KAFKA_SECURITY_PROTOCOL"),
    ("closed", "KOPPEL_KAFKA_SECURITY_PROTOCOL and KOPPEL_KAFKA_CERTIFICATE_FILE if it stays so"),
)


class Attempt:
    """One try to connect; tasks that it starts and that live on know that it is over."""

    def __init__(self) -> None:
        self.over = False
        self._said = ""

    def hears(self, record: logging.LogRecord) -> None:
        """A line of the client's log."""
        if record.levelno >= logging.WARNING:
            said = record.getMessage()
            self._said = f"{said}the connection was closed" if said.endswith(": ") else said

    def why(self, error: BaseException) -> str:
        """What happened; of a client that could not connect at most 300 characters, and the setting to look at."""
        told: str = getattr(error, "strerror", None) or str(error) or type(error).__name__
        if not isinstance(error, KafkaConnectionError):
            return told
        told = (self._said or told)[:_LONGEST]
        return next((f"{told}; look at {setting}" for sign, setting in _LOOK_AT if sign in told), told)


_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


class _ToldByUs(logging.Filter):
    """While something is tried, whoever tries says how it ended; the client says each try as an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        if (attempt := _attempt.get()) is None or attempt.over:
            return True
        attempt.hears(record)
        return False


logging.getLogger("aiokafka").addFilter(_ToldByUs())


@contextmanager
def attempting() -> Iterator[Attempt]:
    """Keeps the client's own lines back, and gives what they said."""
    before, attempt = _attempt.get(), Attempt()
    _attempt.set(attempt)
    try:
        yield attempt
    finally:
        attempt.over = True
        _attempt.set(before)
