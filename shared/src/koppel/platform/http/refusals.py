"""Who was refused, 401 or 403: a line each at a bounded rate. `koppel_http_requests_total` counts all of them."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

_MOST = 20
_EVERY = 60.0
"""Seconds."""


class RefusalLines:
    """At most twenty lines a minute; the first of the next minute says how many were left out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._seen = 0

    def write(self, *, status: int, code: str, method: str, route: str) -> None:
        """`route` is the template; what the caller sent is in none of them."""
        left_out = self._next_minute()
        self._seen += 1
        if self._seen > _MOST:
            return
        fields: dict[str, object] = {"status": status, "code": code, "method": method, "route": route}
        log.warning("refused", extra=fields | ({"left_out": left_out} if left_out else {}))

    def _next_minute(self) -> int:
        now = self._clock()
        if now - self._since < _EVERY:
            return 0
        left_out, self._since, self._seen = max(0, self._seen - _MOST), now, 0
        return left_out
