"""Whether a broker can really be used: it answers for its topics and knows a group coordinator."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from koppel.platform.kafka.access import Kafka, client_options

_PAUSE = 0.02
"""Seconds between two questions."""
_GROUP = "koppel-readiness"


async def await_broker(kafka: Kafka, *, within: float, alive: Callable[[], bool]) -> bool:
    """Ask until the broker is usable. False when `alive` says it ended or `within` seconds passed.

    A fresh broker makes its offsets topic at the first question for a coordinator, so the port being
    open, or even metadata, says too little.
    """
    deadline = time.monotonic() + within
    while alive() and time.monotonic() < deadline:
        if await port_answers(kafka) and await broker_answers(kafka):
            return True
        await asyncio.sleep(_PAUSE)
    return False


async def port_answers(kafka: Kafka) -> bool:
    """Whether any of the addresses accepts a connection."""
    for address in str(kafka).split(","):
        host, _, port = address.strip().rpartition(":")
        with contextlib.suppress(OSError, ValueError, TimeoutError):
            async with asyncio.timeout(2):
                _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            return True
    return False


async def broker_answers(kafka: Kafka) -> bool:
    """One question each for metadata and for a group coordinator."""
    admin = AIOKafkaAdminClient(**client_options(kafka), request_timeout_ms=3000)
    try:
        await admin.start()
        await admin.find_coordinator(_GROUP)
    except (KafkaError, OSError, TimeoutError):
        return False
    finally:
        await admin.close()
    return True
