"""What is made of the measurements: pairs, ratios, medians, flatness. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

FLAT_WITHIN = 0.10
"""Growth of the last third over the second that still counts as flat."""

MOST_MEMORY = 250.0
"""Megabytes of one service."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same work, done by Koppel and by bare libraries right after one another; both in seconds."""

    ours: float
    bare: float

    @property
    def ratio(self) -> float:
        """Our speed as a part of the bare one: 1.0 is as fast."""
        return self.bare / self.ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Rounds of one comparison. `amount` units of work a round; `goal` is a ratio, None where none was set."""

    title: str
    bare: str
    unit: str
    amount: int
    pairs: tuple[Pair, ...]
    goal: float | None = None

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios: both sides of a round met the same machine."""
        return median(pair.ratio for pair in self.pairs)

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest ratio."""
        ratios = [pair.ratio for pair in self.pairs]
        return min(ratios), max(ratios)

    @property
    def ours_seconds(self) -> float:
        return median(pair.ours for pair in self.pairs)

    @property
    def bare_seconds(self) -> float:
        return median(pair.bare for pair in self.pairs)

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or a dash without a goal."""
        if self.goal is None:
            return "–"
        return "met" if self.ratio >= self.goal else "missed"


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of one service in megabytes, in the order it was sampled."""

    service: str
    samples: tuple[float, ...]

    @property
    def start(self) -> float:
        return self.samples[0]

    @property
    def peak(self) -> float:
        return max(self.samples)

    @property
    def end(self) -> float:
        return self.samples[-1]

    @property
    def growth(self) -> float:
        """The last third's median beside the second third's, as a fraction."""
        _, second, last = thirds(self.samples)
        return median(last) / median(second) - 1.0

    @property
    def verdict(self) -> str:
        """`met` when it is flat and small."""
        return "met" if self.growth <= FLAT_WITHIN and self.peak <= MOST_MEMORY else "missed"


def thirds(samples: Sequence[float]) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
    """Three parts of one length, the rest in the last; fewer than three samples stand for every part."""
    length = len(samples) // 3
    if length == 0:
        return samples, samples, samples
    return samples[:length], samples[length : 2 * length], samples[2 * length :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One run of the benchmark. `facts` are sentences about what else was counted, by part."""

    comparisons: tuple[Comparison, ...]
    memory: tuple[Memory, ...]
    memory_records: int
    facts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
