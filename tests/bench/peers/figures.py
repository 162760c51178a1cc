"""What is made of the turns: ratios of ours to the peer's, medians, verdicts. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.backbone.latency import percentile
from tests.bench.cpu import Spent, medians


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one side showed once. `seconds` from the first append until the last event was read, `writing` until the
    last was committed; `spent` seconds of processor time by part; `peak` megabytes; `waits` sorted seconds from
    commit to consumer.
    """

    seconds: float
    writing: float
    spent: Spent
    peak: float
    waits: list[float]

    @property
    def p50(self) -> float:
        return percentile(self.waits, 0.5)

    @property
    def p99(self) -> float:
        return percentile(self.waits, 0.99)


Measure = Callable[[Turn], float]


@dataclass(frozen=True, slots=True)
class Round:
    """Both turns, right after one another: they met the same machine."""

    ours: Turn
    peer: Turn


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound of our part of the peer's figure. `sign` is `≥`, `≤` or `<`."""

    sign: str
    bound: float

    def met(self, ratio: float) -> bool:
        if self.sign == "≥":
            return ratio >= self.bound
        return ratio < self.bound if self.sign == "<" else ratio <= self.bound

    def __str__(self) -> str:
        return f"{self.sign} {self.bound:.3g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. `rounds` are pairs of ours and the peer's; `written` shows one of them."""

    title: str
    unit: str
    goal: Goal
    rounds: tuple[tuple[float, float], ...]
    written: str = "{:,.0f}"

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self.ratios)

    @property
    def ratios(self) -> list[float]:
        return [ours / peer for ours, peer in self.rounds]

    @property
    def ours(self) -> float:
        return median(ours for ours, _ in self.rounds)

    @property
    def peer(self) -> float:
        return median(peer for _, peer in self.rounds)

    def in_words(self, value: float) -> str:
        return f"{self.written.format(value)} {self.unit}"

    @property
    def verdict(self) -> str:
        return "met" if self.goal.met(self.ratio) else "missed"


def figures(rounds: Sequence[Round], events: int) -> tuple[Figure, ...]:
    """The table's lines. The goals stand in docs/performance.md."""

    def figure(title: str, unit: str, goal: Goal, measure: Measure, written: str = "{:,.0f}") -> Figure:
        pairs = tuple((measure(each.ours), measure(each.peer)) for each in rounds)
        return Figure(title=title, unit=unit, goal=goal, rounds=pairs, written=written)

    return (
        figure(
            f"{events:,} events while they are written, until the last is read", "events/s",
            Goal("≥", 1.75), lambda turn: events / turn.seconds,
        ),
        figure(
            "processor time of everything on the way, per 100,000 events", "s",
            Goal("<", 1.0), lambda turn: sum(turn.spent.values()) * 100_000 / events, "{:.1f}",
        ),
        figure("resident memory of relay and of Connect, peak", "MB", Goal("≤", 1 / 3), lambda turn: turn.peak),
        figure(
            "commit → consumer at a steady rate, p50", "ms",
            Goal("≤", 0.5), lambda turn: turn.p50 * 1000, "{:.1f}",
        ),
        figure(
            "commit → consumer at a steady rate, p99", "ms",
            Goal("≤", 0.5), lambda turn: turn.p99 * 1000, "{:.1f}",
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One side's figures that no goal is about: medians over the rounds."""

    name: str
    writing: float
    spent: dict[str, float]


def beside(name: str, turns: Sequence[Turn], events: int) -> Beside:
    """`writing` in events a second, `spent` in seconds for 100,000 events by part."""
    spent = medians([turn.spent for turn in turns])
    return Beside(
        name=name,
        writing=median(events / turn.writing for turn in turns),
        spent={part: seconds * 100_000 / events for part, seconds in spent.items()},
    )
