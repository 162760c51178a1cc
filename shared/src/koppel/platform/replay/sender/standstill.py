"""How long a running replay has not moved, each by itself: one that goes on says nothing of another one that is stuck."""

from collections.abc import Mapping
from uuid import UUID


class Standstill:
    """Remembers when what each replay has left was last seen to change. Instants are seconds of one clock."""

    def __init__(self) -> None:
        self._left: dict[UUID, tuple[float, float]] = {}

    def look(self, left: Mapping[UUID, float], now: float) -> None:
        """`left` is how many events each running replay has to deal with now. One with none is only being ended."""
        known = self._left
        self._left = {
            replay: known[replay] if replay in known and known[replay][0] == events else (events, now)
            for replay, events in left.items()
            if events > 0
        }

    def seconds(self, now: float) -> float:
        """Of the replay that has not moved for longest, 0 when none runs."""
        return max((now - since for _, since in self._left.values()), default=0.0)
