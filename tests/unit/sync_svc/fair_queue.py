"""Deficit round robin with priorities as the books have it: rounds, deficits, and shares in thousandths of a call.

What PostgreSQL grants is compared with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sync_svc.domain.turn import TurnRules

PRIORITIES = (0, 1, 2)


@dataclass(slots=True)
class Place:
    """How far an organisation is in a priority: `deficit` calls (1 to the quantum) are left to it in this round."""

    round: int
    deficit: int

    def charge(self, calls: int, quantum: int) -> None:
        """It made them, or gives them back."""
        self.deficit -= calls
        while self.deficit <= 0:
            self.round, self.deficit = self.round + 1, self.deficit + quantum
        while self.deficit > quantum:
            self.round, self.deficit = self.round - 1, self.deficit - quantum

    @property
    def order(self) -> tuple[int, int]:
        """Earlier rounds first; in a round whoever has most of its deficit left."""
        return self.round, -self.deficit


@dataclass(slots=True)
class PriorityState:
    """`clock` is where the organisation stood that was served last; what was seen last is reckoned from."""

    clock: Place
    calls: int = 0
    owed: int = 0
    seen: int = 0
    seen_total: int = 0
    places: dict[str, Place] = field(default_factory=dict)


@dataclass(slots=True)
class Run:
    """A run that waits, or has a turn."""

    name: str
    organisation: str
    priority: int
    since: int
    calls: int = 0
    charged: int = 0
    has_turn: bool = False


class FairQueue:
    """Runs are told by name; `since` orders those of one organisation."""

    def __init__(self, rules: TurnRules) -> None:
        self.rules = rules
        self.runs: dict[str, Run] = {}
        self._asked = 0
        self.priorities = [PriorityState(Place(0, rules.quantum)) for _ in PRIORITIES]

    def ask(self, name: str, organisation: str, priority: int) -> None:
        self._asked += 1
        self.runs[name] = Run(name, organisation, priority, since=self._asked)

    def grant(self, renewing: str | None = None) -> str | None:
        """Who has the next turn; the run that renews takes part, and has it when its organisation is next."""
        firsts = {
            priority: first
            for priority in PRIORITIES
            if (first := self._first(priority, renewing)) is not None
        }
        if not firsts:
            return None
        owed = {priority: self._owed(priority, waits=priority in firsts) for priority in PRIORITIES}
        priority = min(firsts, key=lambda each: (not self._is_due(each, owed[each]), each))
        run, place = firsts[priority]
        mine = None if renewing is None else self.runs[renewing]
        others = mine is not None and (mine.organisation, mine.priority) != (run.organisation, run.priority)
        self._note(owed)
        if others:
            return None
        self._give(mine or run, place)
        return (mine or run).name

    def settle(self, name: str, calls: int) -> None:
        """It made so many calls in all."""
        run = self.runs[name]
        self._charge(run, calls - run.charged)
        run.calls = run.charged = calls

    def leave(self, name: str) -> None:
        self.runs[name].has_turn = False

    def finish(self, name: str) -> None:
        del self.runs[name]

    def _first(self, priority: int, renewing: str | None) -> tuple[Run, Place] | None:
        waiting = [
            run
            for run in self.runs.values()
            if run.priority == priority and (not run.has_turn or run.name == renewing)
        ]
        by_organisation = {
            run.organisation: min(
                (r for r in waiting if r.organisation == run.organisation), key=lambda r: r.since
            )
            for run in waiting
        }
        oldest = {
            organisation: min(
                r.since
                for r in self.runs.values()
                if (r.organisation, r.priority) == (organisation, priority)
            )
            for organisation in by_organisation
        }
        best = min(
            by_organisation,
            key=lambda organisation: (self._place(priority, organisation).order, oldest[organisation]),
            default=None,
        )
        return None if best is None else (by_organisation[best], self._place(priority, best))

    def _place(self, priority: int, organisation: str) -> Place:
        """Nobody stands below the clock: what was not used while nobody asked is not saved up."""
        clock, place = self.priorities[priority].clock, self.priorities[priority].places.get(organisation)
        found = clock if place is None or place.order < clock.order else place
        return Place(found.round, found.deficit)

    def _owed(self, priority: int, *, waits: bool) -> int:
        if not waits:
            return 0
        kept, turn = self.priorities[priority], 1000 * self.rules.quantum
        total = sum(each.calls for each in self.priorities)
        share = self.rules.shares[priority]
        owed = kept.owed + share * (total - kept.seen_total) - 1000 * (kept.calls - kept.seen)
        return max(-turn, min(2 * turn, owed))

    def _is_due(self, priority: int, owed: int) -> bool:
        return self.rules.shares[priority] > 0 and owed >= 1000 * self.rules.quantum

    def _note(self, owed: dict[int, int]) -> None:
        total = sum(each.calls for each in self.priorities)
        for priority in PRIORITIES:
            kept = self.priorities[priority]
            kept.owed, kept.seen, kept.seen_total = owed[priority], kept.calls, total

    def _give(self, run: Run, place: Place) -> None:
        priority = self.priorities[run.priority]
        priority.places[run.organisation] = place
        priority.clock = max(priority.clock, Place(place.round, place.deficit), key=lambda each: each.order)
        run.has_turn = True
        self._charge(run, run.calls + self.rules.quantum - run.charged)
        run.charged = run.calls + self.rules.quantum

    def _charge(self, run: Run, calls: int) -> None:
        priority = self.priorities[run.priority]
        priority.calls += calls
        if (place := priority.places.get(run.organisation)) is not None:
            place.charge(calls, self.rules.quantum)


def served(queue: FairQueue, costs: Sequence[tuple[str, int]], turns: int) -> dict[str, int]:
    """Calls by run after so many turns, one at a time; each run makes its cost in a turn and waits again."""
    made = dict.fromkeys((name for name, _ in costs), 0)
    for _ in range(turns):
        name = queue.grant()
        assert name is not None
        made[name] += dict(costs)[name]
        queue.settle(name, made[name])
        queue.leave(name)
    return made
