"""How long calls to providers and to the trade register take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from koppel.platform.telemetry import metrics


@contextmanager
def timed_call(provider: str, endpoint: str) -> Iterator[None]:
    """Observe the time of the block as that of one call, also of one that fails."""
    started = time.perf_counter()
    try:
        yield
    finally:
        metrics.observe(
            "koppel_provider_call_seconds",
            time.perf_counter() - started,
            provider=provider,
            endpoint=endpoint,
        )
