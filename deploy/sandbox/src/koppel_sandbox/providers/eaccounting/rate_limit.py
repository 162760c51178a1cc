"""The provider's limit: so many calls a minute per client and endpoint, all companies together."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND, Clock, as_text

WINDOW = 60 * SECOND


class RateLimit:
    """Windows of one minute that open with the first call; `per_minute` 0 switches the limit off."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._windows: dict[tuple[str, str], tuple[int, int]] = {}

    def seconds_to_wait(self, client_id: str, endpoint: str) -> int:
        """Counts one call. 0 when it may go ahead, else whole seconds until the window closes."""
        if self._per_minute == 0:
            return 0
        now = self._clock()
        opened, calls = self._windows.get((client_id, endpoint), (now, 0))
        if now >= opened + WINDOW:
            opened, calls = now, 0
        self._windows[client_id, endpoint] = (opened, calls + 1)
        return 0 if calls < self._per_minute else -(-(opened + WINDOW - now) // SECOND)

    def windows(self) -> list[JsonObject]:
        """The windows that are open."""
        now = self._clock()
        return [
            {
                "window": "calls_per_minute",
                "key": f"{client_id}/{endpoint}",
                "limit": self._per_minute,
                "used": min(calls, self._per_minute),
                "refused": max(calls - self._per_minute, 0),
                "resets_at": as_text(opened + WINDOW),
            }
            for (client_id, endpoint), (opened, calls) in self._windows.items()
            if now < opened + WINDOW
        ]


def limit_text(seconds: int) -> str:
    return f"Too many requests to this endpoint. Try again in {seconds} seconds."
