"""Waiting for a server that is not there yet, and saying so."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
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
_BACK_OFF = RetryPolicy(first=timedelta(milliseconds=100), longest=timedelta(milliseconds=500))


async def wait_for(
    description: str,
    probe: Callable[[], Awaitable[T]],
    *,
    away: tuple[type[BaseException], ...] = AWAY,
    back_off: RetryPolicy = _BACK_OFF,
) -> T:
    """Try `probe` until it returns, without end; any error outside `away` is raised.

    Logs `waiting for <description> (<error>)` at once and then at most every 5 seconds.
    """
    said, attempt = float("-inf"), 0
    while True:
        try:
            return await probe()
        except away as error:
            attempt += 1
            if time.monotonic() - said >= _SAY_EVERY:
                said = time.monotonic()
                log.warning("waiting for %s (%s)", description, _in_words(error))
            await asyncio.sleep(back_off.delay(attempt).total_seconds())


def _in_words(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
