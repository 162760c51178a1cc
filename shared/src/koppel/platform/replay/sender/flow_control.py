"""How far a sender may be ahead of a target that reports: what is on the replay topic arrives even after a cancellation."""

import time
from collections import deque

_LEAST = 500
_SECONDS = 1.5
_LOOK_BACK = 2.0


class FlowControl:
    """As many records as the target dealt with lately in a second and a half, so that stopping is prompt and a fast
    target is never kept waiting."""

    def __init__(self) -> None:
        self._reports: deque[tuple[float, int]] = deque()

    def room(self, sent: int, reported: int) -> int:
        """How many records may go now."""
        now = time.monotonic()
        if not self._reports or reported > self._reports[-1][1]:
            self._reports.append((now, reported))
        while len(self._reports) > 1 and self._reports[1][0] < now - _LOOK_BACK:
            self._reports.popleft()
        began, first = self._reports[0]
        speed = (reported - first) / max(now - began, _LOOK_BACK / 10)
        return max(0, max(_LEAST, int(speed * _SECONDS)) - (sent - reported))
