"""Two windows for each administration: a minute, and an hour that allows ten times as much."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND, Clock, as_text
from koppel_sandbox.providers.snelstart.settings import HOUR_OF_MINUTES

_SECONDS = {"minute": 60, "hour": 3600}


class Budgets:
    """Windows that open with an administration's first call; `per_minute` 0 switches them off."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._limits = {"minute": per_minute, "hour": per_minute * HOUR_OF_MINUTES}
        self._clock = clock
        self._windows: dict[tuple[str, str], tuple[int, int]] = {}

    def seconds_to_wait(self, company_id: str) -> int:
        """Counts one call. 0 when it may go ahead, else whole seconds until the last full window closes."""
        now, waits = self._clock(), [0]
        for name, limit in self._limits.items():
            ends, calls = self._windows.get((name, company_id), (0, 0))
            if now >= ends:
                ends, calls = now + _SECONDS[name] * SECOND, 0
            self._windows[name, company_id] = (ends, calls + 1)
            if limit and calls >= limit:
                waits.append(-(-(ends - now) // SECOND))
        return max(waits)

    def windows(self) -> list[JsonObject]:
        """The windows that are open."""
        now = self._clock()
        return [
            {
                "window": name,
                "key": company_id,
                "limit": self._limits[name],
                "used": min(calls, self._limits[name]),
                "refused": max(calls - self._limits[name], 0) if self._limits[name] else 0,
                "resets_at": as_text(ends),
            }
            for (name, company_id), (ends, calls) in self._windows.items()
            if now < ends
        ]
