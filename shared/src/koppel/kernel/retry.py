"""When to try again: exponential back-off with full-range jitter, bounded in delay and attempts."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """`delay(n)` is the wait after the n-th failed attempt (n ≥ 1); `exhausted(n)` says that n was the last."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=5)
    factor: float = 2.0
    jitter: float = 0.2
    attempts: int = 5

    def exhausted(self, attempts: int) -> bool:
        return attempts >= self.attempts

    def delay(
        self, attempt: int, *, at_least: float | None = None, chance: random.Random | None = None
    ) -> timedelta:
        """Back-off after `attempt` failures, spread by ± jitter; never below `at_least` seconds (Retry-After)."""
        plain = self._plain(attempt)
        spread = plain * self.jitter * (2 * (chance or random).random() - 1)
        return timedelta(seconds=max(plain + spread, at_least or 0.0))

    def _plain(self, attempt: int) -> float:
        longest = self.longest.total_seconds()
        try:
            return min(self.first.total_seconds() * self.factor ** max(attempt - 1, 0), longest)
        except OverflowError:  # the thousandth failure of something that is tried without end
            return longest
