"""What writer and reader are told, and how they talk with the program that starts them: `ready`, go, `done`, tell."""

import asyncio
import json
import sys
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """`count` events, `size` a transaction; `rate` transactions a second, 0 for as fast as possible.

    `mark` stands in each event, so that a reader knows those of this work.
    """

    side: str
    dsn: str
    kafka: str
    topic: str
    mark: str
    count: int
    size: int
    rate: int = 0

    def to_argument(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls, text: str) -> "Work":
        return cls(**json.loads(text))

    def name(self, number: int) -> str:
        """What tells the event of that number apart; of one length, so that all events have one size."""
        return f"{self.mark}:{number:08}"


def number_of(name: str) -> int:
    """The number in an event's name."""
    return int(name.rpartition(":")[2])


async def heard(word: str) -> None:
    """Until that word comes from the program that started us; ends this process when that one is gone."""
    line = await asyncio.to_thread(sys.stdin.readline)
    if line.strip() != word:
        sys.exit(1)


def said(content: Any) -> None:
    """A word, or what was found as JSON."""
    print(content if isinstance(content, str) else json.dumps(content), flush=True)
