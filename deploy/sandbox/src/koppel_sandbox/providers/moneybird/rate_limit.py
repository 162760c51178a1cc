"""One budget of calls for each source address: all clients, logins and administrations together."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND, Clock, as_text
from koppel_sandbox.providers.moneybird.settings import WINDOW_MINUTES

WINDOW = WINDOW_MINUTES * 60 * SECOND


class Budget:
    """Windows of five minutes that open with an address's first call; a limit of 0 switches it off."""

    def __init__(self, limit: int, clock: Clock) -> None:
        self._limit = limit
        self._clock = clock
        self._windows: dict[str, tuple[int, int]] = {}

    def take(self, address: str) -> bool:
        """Counts one call; whether it may go ahead."""
        if not self._limit:
            return True
        opened, calls = self._open(address)
        self._windows[address] = (opened, calls + 1)
        return calls < self._limit

    def headers(self, address: str) -> list[tuple[str, str]]:
        """`RateLimit-Reset` is an epoch second."""
        if not self._limit:
            return []
        remaining = max(self._limit - self._open(address)[1], 0)
        return [
            ("ratelimit-limit", str(self._limit)),
            ("ratelimit-remaining", str(remaining)),
            ("ratelimit-reset", str(self.resets_at(address))),
        ]

    def resets_at(self, address: str) -> int:
        """Epoch second at which the address's window ends."""
        return -(-(self._open(address)[0] + WINDOW) // SECOND)

    def windows(self) -> list[JsonObject]:
        """The windows that are open."""
        now = self._clock()
        return [
            {
                "window": "requests",
                "key": address,
                "limit": self._limit,
                "used": min(calls, self._limit),
                "refused": max(calls - self._limit, 0),
                "resets_at": as_text(opened + WINDOW),
            }
            for address, (opened, calls) in self._windows.items()
            if now < opened + WINDOW
        ]

    def _open(self, address: str) -> tuple[int, int]:
        now = self._clock()
        opened, calls = self._windows.get(address, (now, 0))
        return (now, 0) if now >= opened + WINDOW else (opened, calls)
