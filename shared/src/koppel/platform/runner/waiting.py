"""Waits for a server that is not up yet, and logs it."""

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
from koppel.platform.kafka.refusals import attempting

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
    back_off: RetryPolicy = _BACK_OFF,
) -> T:
    """Try `probe` until it returns, without end; any error outside `AWAY` is raised.

    Logs `waiting for <description> (<error>)` at once and then at most every 5 seconds.
    """
    said, attempt = float("-inf"), 0
    while True:
        try:
            with attempting() as tried:
                return await probe()
        except AWAY as error:
            attempt += 1
            if time.monotonic() - said >= _SAY_EVERY:
                said = time.monotonic()
                log.warning("waiting for %s (%s)", description, tried.why(error))
            await asyncio.sleep(back_off.delay(attempt).total_seconds())
