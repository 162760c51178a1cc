"""What the provider counts: calls a minute and a day per client and division, token calls a day per login, errors an hour.

Windows begin at whole minutes, at midnight UTC, and an hour's with its first error.
"""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import DAY, SECOND, Clock
from koppel_sandbox.provider import Headers
from koppel_sandbox.providers.exact_online.settings import Settings
from koppel_sandbox.windows import Key, Window

MINUTE, HOUR = 60 * SECOND, 3600 * SECOND


class Limits:
    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._minute = Window("calls_per_minute", settings.rate_limit_per_minute, MINUTE, clock, aligned=True)
        self._day = Window("calls_per_day", settings.rate_limit_per_day, DAY, clock, aligned=True)
        self._tokens = Window("token_calls_per_day", settings.token_calls_per_day, DAY, clock, aligned=True)
        self._errors = Window("errors_per_hour", settings.errors_per_hour, HOUR, clock)
        self._locked: dict[Key, tuple[int, int]] = {}

    def draw(self, client_id: str, division: str) -> Headers | None:
        """Counts one call. None when it may go ahead, else the headers of a 429: the window that is used up."""
        key = (client_id, division)
        for prefix, window in (("X-RateLimit-", self._day), ("X-RateLimit-Minutely-", self._minute)):
            if window.is_full(key):
                window.draw(key)
                return _headers(window, prefix, key)
        for window in (self._day, self._minute):
            window.draw(key)
        return None

    def headers(self, client_id: str, division: str) -> Headers:
        key = (client_id, division)
        day, minute = (
            _headers(self._day, "X-RateLimit-", key),
            _headers(self._minute, "X-RateLimit-Minutely-", key),
        )
        return (*day, *minute)

    def draw_token_call(self, client_id: str, username: str) -> bool:
        """Counts one token call, refused ones too; False when the day's are used up."""
        return self._tokens.draw((client_id, username))

    def is_locked(self, key: Key) -> bool:
        until, _ = self._locked.get(key, (0, 0))
        return self._clock() < until

    def note_error(self, key: Key) -> None:
        """One error too many locks the key for an hour, the next time for two, and so on."""
        if not self._errors.draw(key):
            _, times = self._locked.get(key, (0, 0))
            self._locked[key] = (self._clock() + (times + 1) * HOUR, times + 1)

    def windows(self) -> list[JsonObject]:
        return [
            each for window in (self._minute, self._day, self._tokens, self._errors) for each in window.open()
        ]


def _headers(window: Window, prefix: str, key: Key) -> Headers:
    """The counters; times in milliseconds since 1970."""
    if window.limit == 0:
        return ()
    return (
        (f"{prefix}Limit", str(window.limit)),
        (f"{prefix}Remaining", str(window.remaining(key))),
        (f"{prefix}Reset", str(window.ends(key) // 1000)),
    )
