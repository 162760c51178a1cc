"""Figures seen beside their bounds, and the table that a long run ends with. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any

NAMES: Mapping[int, str] = {
    1: "crash sweep",
    2: "effects once",
    3: "no ghosts",
    4: "late commits",
    5: "order of a key",
    6: "no stall",
    7: "broker kill",
    8: "database kill, unknown commit",
    9: "rebalance storm",
    10: "fencing",
    11: "acknowledging",
    12: "poison key",
    13: "times of a retry",
    14: "window of the inbox",
    15: "replay",
    33: "stopping",
    34: "probes",
    35: "a slow provider",
}
"""Those of the criteria that have figures, by number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a criterion. `safety`: broken means lost, doubled or turned round, so the run fails.

    `least`: the bound is from below. Times are reported and never fail a run: the machine decides them too.
    """

    criterion: int
    name: str
    seen: float
    bound: float
    unit: str = ""
    least: bool = False
    safety: bool = False

    @property
    def kept(self) -> bool:
        return self.seen >= self.bound if self.least else self.seen <= self.bound

    @property
    def verdict(self) -> str:
        if self.kept:
            return "kept"
        return "BROKEN" if self.safety else "missed"


class Report:
    """What a run saw: `did` says of each criterion what was done, `figures` what came of it.

    `tell` is given the same as plain data: tests run in several processes, and one of them prints the table.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
        self.did: dict[int, str] = {}
        self.figures: list[Figure] = []
        self._tell = tell

    def hear(self, told: Mapping[str, Any]) -> None:
        """Keep what the report of another process was told."""
        criterion, did = told["criterion"], told["did"]
        self.did[criterion] = f"{self.did[criterion]}; {did}" if criterion in self.did else did
        self.figures += [Figure(**each) for each in told["figures"]]

    def says(self, criterion: int, did: str, *figures: Figure) -> None:
        """Keep them. Raises AssertionError when a promise was broken."""
        told = {"criterion": criterion, "did": did, "figures": [asdict(each) for each in figures]}
        self.hear(told)
        self._tell(told)
        broken = [
            f"{each.name}: {shown(each.seen, each.unit)}" for each in figures if each.verdict == "BROKEN"
        ]
        assert not broken, f"criterion {criterion}: {'; '.join(broken)}"


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that so large a share does not exceed; nearest rank. Raises ValueError without values."""
    ranked = sorted(values)
    if not ranked:
        raise ValueError("nothing was measured")
    return ranked[max(0, ceil(share * len(ranked)) - 1)]


def shown(value: float, unit: str) -> str:
    """With three digits at least, and thousands apart; less than a thousandth is nothing."""
    value = 0 if abs(value) < 0.001 else value
    number = f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.3g}"
    return f"{number} {unit}".rstrip()


def table(report: Report) -> list[str]:
    """Markdown: a row for each criterion that was measured."""
    lines = ["| # | Criterion | What was done | Figures (bound) | Verdict |", "|---|---|---|---|---|"]
    for number in sorted(report.did):
        figures = [each for each in report.figures if each.criterion == number]
        told = "; ".join(map(_told, figures))
        cells = [str(number), NAMES[number], report.did[number], told, _verdict(figures)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _told(figure: Figure) -> str:
    sign = "≥" if figure.least else "≤"
    bound = shown(figure.bound, figure.unit)
    return f"{figure.name} {shown(figure.seen, figure.unit)} ({sign} {bound})"


def _verdict(figures: Sequence[Figure]) -> str:
    for verdict in ("BROKEN", "missed"):
        if found := [each.name for each in figures if each.verdict == verdict]:
            return f"{verdict}: {', '.join(found)}"
    return "kept"
