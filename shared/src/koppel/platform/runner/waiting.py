"""Waits for a server that is not up yet, and logs it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import TypeVar

from aiokafka.errors import KafkaError

from koppel.kernel.errors import Transient
from koppel.kernel.retry import RetryPolicy
from koppel.platform.database import UNAVAILABLE

log = logging.getLogger(__name__)

T = TypeVar("T")

AWAY: tuple[type[BaseException], ...] = (*UNAVAILABLE, KafkaError, Transient)
"""What says "not now" about PostgreSQL, Kafka or a service of ours."""

_SAY_EVERY = 5.0


class _Probe:
    """One try; tasks that it starts and that live on know that it is over."""

    over = False


_probe: ContextVar[_Probe | None] = ContextVar("probe", default=None)


class _SaidHere(logging.Filter):
    """While something is waited for, `wait_for` says so; the client says each try as an error."""

    def filter(self, _: logging.LogRecord) -> bool:
        probe = _probe.get()
        return probe is None or probe.over


logging.getLogger("aiokafka").addFilter(_SaidHere())
_BACK_OFF = RetryPolicy(first=timedelta(milliseconds=100), longest=timedelta(milliseconds=500))


async def wait_for(
    description: str,
    probe: Callable[[], Awaitable[T]],
    *,
    back_off: RetryPolicy = _BACK_OFF,
) -> T:
    """Try `probe` until it returns, without end; any error outside `AWAY` is raised.

    Logs `waiting for <description> (<error>)` at once and then at most every 5 seconds.
    """
    said, attempt = float("-inf"), 0
    while True:
        try:
            with _quiet_client():
                return await probe()
        except AWAY as error:
            attempt += 1
            if time.monotonic() - said >= _SAY_EVERY:
                said = time.monotonic()
                log.warning("waiting for %s (%s)", description, _in_words(error))
            await asyncio.sleep(back_off.delay(attempt).total_seconds())


@contextmanager
def _quiet_client() -> Iterator[None]:
    before, probe = _probe.get(), _Probe()
    _probe.set(probe)
    try:
        yield
    finally:
        probe.over = True
        _probe.set(before)


def _in_words(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
