"""Logs refused calls, 401 or 403: one line each at a bounded rate. `koppel_http_requests_total` counts all of them."""

import logging
import time
from collections.abc import Callable

from koppel.platform.telemetry.bounded_rate import BoundedRate

log = logging.getLogger(__name__)

_MOST = 20


class RefusalLines:
    """At most twenty lines a minute; the first of the next minute says how many were left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = BoundedRate(_MOST, clock)

    def write(self, *, status: int, code: str, method: str, route: str) -> None:
        """`route` is the template; what the caller sent is in none of them."""
        left_out = self._rate.admit()
        if left_out is None:
            return
        fields: dict[str, object] = {"status": status, "code": code, "method": method, "route": route}
        log.warning("refused", extra=fields | ({"left_out": left_out} if left_out else {}))
