"""What the provider counts: calls a minute and a day per client and division, token calls a day per login, errors an hour.

Windows begin at whole minutes, at midnight UTC, and an hour's with its first error.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import DAY, SECOND, Clock, as_text
from koppel_sandbox.provider import Headers
from koppel_sandbox.providers.exact_online.settings import Settings

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
Key = tuple[str, ...]


@dataclass(slots=True)
class Counted:
    """One key's use of one window."""

    begun: int
    used: int = 0
    refused: int = 0


@dataclass(slots=True)
class Window:
    """`limit` 0 is none. `aligned`: windows begin at multiples of their length, else with the first call."""

    name: str
    limit: int
    length: int
    clock: Clock
    aligned: bool = True
    held: dict[Key, Counted] = field(default_factory=dict)

    def of(self, key: Key) -> Counted:
        now = self.clock()
        counted = self.held.get(key)
        if counted is None or now >= counted.begun + self.length:
            begun = now // self.length * self.length if self.aligned else now
            counted = self.held[key] = Counted(begun)
        return counted

    def is_full(self, key: Key) -> bool:
        return self.limit > 0 and self.of(key).used >= self.limit

    def headers(self, prefix: str, key: Key) -> Headers:
        """The counters; times in milliseconds since 1970."""
        if self.limit == 0:
            return ()
        counted = self.of(key)
        return (
            (f"{prefix}Limit", str(self.limit)),
            (f"{prefix}Remaining", str(max(self.limit - counted.used, 0))),
            (f"{prefix}Reset", str((counted.begun + self.length) // 1000)),
        )

    def open(self) -> Iterator[JsonObject]:
        now = self.clock()
        for key, counted in self.held.items():
            if now < counted.begun + self.length:
                yield {
                    "window": self.name,
                    "key": "/".join(key),
                    "limit": self.limit,
                    "used": counted.used,
                    "refused": counted.refused,
                    "resets_at": as_text(counted.begun + self.length),
                }


class Limits:
    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._minute = Window("calls_per_minute", settings.rate_limit_per_minute, MINUTE, clock)
        self._day = Window("calls_per_day", settings.rate_limit_per_day, DAY, clock)
        self._tokens = Window("token_calls_per_day", settings.token_calls_per_day, DAY, clock)
        self._errors = Window("errors_per_hour", settings.errors_per_hour, HOUR, clock, aligned=False)
        self._locked: dict[Key, tuple[int, int]] = {}

    def draw(self, client_id: str, division: str) -> Headers | None:
        """Counts one call. None when it may go ahead, else the headers of a 429: the window that is used up."""
        key = (client_id, division)
        for prefix, window in (("X-RateLimit-", self._day), ("X-RateLimit-Minutely-", self._minute)):
            if window.is_full(key):
                window.of(key).refused += 1
                return window.headers(prefix, key)
        for window in (self._day, self._minute):
            window.of(key).used += 1
        return None

    def headers(self, client_id: str, division: str) -> Headers:
        key = (client_id, division)
        return (*self._day.headers("X-RateLimit-", key), *self._minute.headers("X-RateLimit-Minutely-", key))

    def draw_token_call(self, client_id: str, username: str) -> bool:
        """Counts one token call, refused ones too; False when the day's are used up."""
        key = (client_id, username)
        if self._tokens.is_full(key):
            self._tokens.of(key).refused += 1
            return False
        self._tokens.of(key).used += 1
        return True

    def is_locked(self, key: Key) -> bool:
        until, _ = self._locked.get(key, (0, 0))
        return self._clock() < until

    def note_error(self, key: Key) -> None:
        """One error too many locks the key for an hour, the next time for two, and so on."""
        if self._errors.is_full(key):
            _, times = self._locked.get(key, (0, 0))
            self._locked[key] = (self._clock() + (times + 1) * HOUR, times + 1)
            self._errors.of(key).refused += 1
        else:
            self._errors.of(key).used += 1

    def windows(self) -> list[JsonObject]:
        return [
            each for window in (self._minute, self._day, self._tokens, self._errors) for each in window.open()
        ]
