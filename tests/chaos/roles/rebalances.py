"""What the restart of a consumer costs its neighbour: how often that lets its partitions go, and for how long."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from tests.chaos.criteria.figures import Figure
from tests.chaos.rig.schedule import progress
from tests.chaos.roles.split import DRAIN_DELAY, NAMED, Process, Split

from koppel.platform.consumer.kafka.membership import HEARTBEAT, NAMED_SESSION

_BACK_WITHIN = NAMED_SESSION - HEARTBEAT
"""Seconds: the session is counted from a heartbeat that may be that old when the member ends. Whoever takes longer may be missed."""
_STOPPING = "is stopping"
_LETS_GO = "letting go of"
_HAS = "assigned"


@dataclass(slots=True)
class Rebalances:
    """Of the one consumer of a service, while the other is stopped and started."""

    split: Split
    of_named: list[int] = field(default_factory=list)
    """How many each restart of a static member caused that was back in time."""
    of_late: list[int] = field(default_factory=list)
    """Of those that were not."""
    of_nameless: list[int] = field(default_factory=list)
    away: list[float] = field(default_factory=list)
    """Seconds from the end of a static member's drain delay, until which it consumes, to having partitions again."""
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
        before = len(other.said()), len(process.said())
        yield
        said = _moves(other.said()[before[0] :])
        self._kept(process, _moves(process.said()[before[1] :])).append(
            sum(text == _LETS_GO for _, text in said)
        )
        self.seconds += [
            (then - at).total_seconds()
            for (at, text), (then, next_) in pairwise(said)
            if (text, next_) == (_LETS_GO, _HAS)
        ]

    def _kept(self, process: Process, own: list[tuple[datetime, str]]) -> list[int]:
        """Where the rebalances of its restart are counted."""
        if process.service not in NAMED:
            return self.of_nameless
        told = min(at for at, text in own if text == _STOPPING)
        back = max(at for at, text in own if text == _HAS)
        self.away.append((back - told).total_seconds() - DRAIN_DELAY)
        progress(f"{process.name} consumed nothing for {self.away[-1]:.1f} s")
        return self.of_named if self.away[-1] <= _BACK_WITHIN else self.of_late

    def told(self) -> str:
        """What was done."""
        counts = f"{len(self.of_named)} static members that were back within {_BACK_WITHIN:g} s"
        others = [
            f"{len(many)} {which} ({sum(many)} rebalances)"
            for which, many in (("that were late", self.of_late), ("without names", self.of_nameless))
        ]
        return f"of consumers {counts}, {', '.join(others)}"

    def figures(self, least: int) -> list[Figure]:
        """Reported; they fail no run. `least`: so many restarts of static members are enough to say something."""

        def figure(name: str, seen: float, bound: float, unit: str = "", *, least: bool = False) -> Figure:
            return Figure(criterion=33, name=name, seen=seen, bound=bound, unit=unit, least=least)

        return [
            figure(
                "restarts of static members that were back in time", len(self.of_named), least, least=True
            ),
            figure("rebalances by these", sum(self.of_named), 0),
            figure("longest absence of a static member", max(self.away, default=0), _BACK_WITHIN, "s"),
            figure("longest rebalance", max(self.seconds, default=0), 3, "s"),
        ]


def _moves(lines: list[str]) -> list[tuple[datetime, str]]:
    """When it was told to stop, and when partitions went and came."""
    said = [json.loads(line) for line in lines if line.startswith("{")]
    return [
        (datetime.fromisoformat(each["time"]), text)
        for each in said
        for text in (_STOPPING, _LETS_GO, _HAS)
        if text in each["message"]
    ]
