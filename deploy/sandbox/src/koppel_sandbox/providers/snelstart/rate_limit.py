"""Two windows for each administration: a minute, and an hour that allows ten times as much."""

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND, Clock
from koppel_sandbox.providers.snelstart.settings import HOUR_OF_MINUTES
from koppel_sandbox.windows import Window


class Budgets:
    """They open with an administration's first call; `per_minute` 0 switches them off."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        minute = Window("minute", per_minute, 60 * SECOND, clock)
        self._windows = (minute, Window("hour", per_minute * HOUR_OF_MINUTES, 3600 * SECOND, clock))

    def seconds_to_wait(self, company_id: str) -> int:
        """Counts one call. 0 when it may go ahead, else whole seconds until the last full window closes."""
        return max([window.seconds_to_wait((company_id,)) for window in self._windows])

    def windows(self) -> list[JsonObject]:
        return [each for window in self._windows for each in window.open()]
