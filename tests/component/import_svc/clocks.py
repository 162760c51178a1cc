"""Time for tests."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """The machine's clock, put forward by a test."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead
