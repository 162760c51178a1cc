"""Windows in which a provider counts calls: whether there is room, and when they begin anew."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from koppel_sandbox.documents import JsonObject
from koppel_sandbox.instants import SECOND, Clock, as_text

Key = tuple[str, ...]
"""Whose calls are counted together."""


@dataclass(slots=True)
class Counted:
    """One key's use of one window."""

    begun: int
    used: int = 0
    refused: int = 0


@dataclass(slots=True)
class Window:
    """`limit` 0 is none: nothing is counted. `length` is in microseconds. `aligned`: windows begin at multiples of their
    length, else with the first call."""

    name: str
    limit: int
    length: int
    clock: Clock
    aligned: bool = False
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

    def draw(self, key: Key) -> bool:
        """Counts one call; whether it may go ahead."""
        if not self.limit:
            return True
        counted = self.of(key)
        if counted.used >= self.limit:
            counted.refused += 1
            return False
        counted.used += 1
        return True

    def seconds_to_wait(self, key: Key) -> int:
        """Counts one call. 0 when it may go ahead, else whole seconds until the window ends."""
        return 0 if self.draw(key) else -(-(self.ends(key) - self.clock()) // SECOND)

    def remaining(self, key: Key) -> int:
        return max(self.limit - self.of(key).used, 0)

    def ends(self, key: Key) -> int:
        return self.of(key).begun + self.length

    def open(self) -> Iterator[JsonObject]:
        """Those in which something was counted and that have not ended, as the ledger tells them."""
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
