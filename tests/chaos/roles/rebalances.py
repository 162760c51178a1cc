"""What the restart of a consumer costs its neighbour: how often that lets its partitions go, and for how long."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from tests.chaos.criteria.figures import Figure
from tests.chaos.roles.split import NAMED, Process, Split

_MISSED_AFTER = 10.0
"""Seconds of a member's session: a static member that takes longer to come back is missed like any other."""
_LETS_GO = "letting go of"
_HAS = "assigned"


@dataclass(slots=True)
class Rebalances:
    """Of the one consumer of a service, while the other is stopped and started."""

    split: Split
    of_named: list[int] = field(default_factory=list)
    """How many each restart of a static member caused."""
    of_others: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """From letting go to having partitions again."""

    @contextmanager
    def of(self, process: Process) -> Iterator[None]:
        """Of the other consumer while the block runs; nothing where the process is no consumer."""
        others = [each for each in self.split.of(process.service, "consumer") if each is not process]
        if process.role != "consumer":
            yield
            return
        (other,) = others
        before, began = len(other.said()), time.monotonic()
        yield
        said = _moves(other.said()[before:])
        in_time = time.monotonic() - began < _MISSED_AFTER
        counts = self.of_named if process.service in NAMED and in_time else self.of_others
        counts.append(sum(text == _LETS_GO for _, text in said))
        self.seconds += [
            (then - at).total_seconds()
            for (at, text), (then, next_) in pairwise(said)
            if (text, next_) == (_LETS_GO, _HAS)
        ]

    def told(self) -> str:
        """What was done."""
        named, others = len(self.of_named), len(self.of_others)
        return f"{named} of them static members that were back in time, {others} other consumers ({sum(self.of_others)} rebalances)"

    def figures(self) -> list[Figure]:
        """Reported; they fail no run."""

        def figure(name: str, seen: float, bound: float, unit: str = "") -> Figure:
            return Figure(criterion=33, name=name, seen=seen, bound=bound, unit=unit)

        return [
            figure("rebalances by restarts of static members", sum(self.of_named), 0),
            figure("longest rebalance", max(self.seconds, default=0), 3, "s"),
        ]


def _moves(lines: list[str]) -> list[tuple[datetime, str]]:
    """When partitions went and came."""
    said = [json.loads(line) for line in lines if line.startswith("{")]
    return [
        (datetime.fromisoformat(each["time"]), text)
        for each in said
        for text in (_LETS_GO, _HAS)
        if each["message"].startswith(text)
    ]
