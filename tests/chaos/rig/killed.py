"""What killed which seeded bug, as the table that a run ends with."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Killed:
    mutant: str
    scenario: str
    check: str
    seconds: float


def table(kills: Sequence[Killed]) -> list[str]:
    """Lines of text: bug, scenario, check, seconds."""
    rows = [("seeded bug", "killed by the scenario", "check", "s")]
    rows += [
        (k.mutant, k.scenario, k.check, f"{k.seconds:.1f}") for k in sorted(kills, key=lambda k: k.mutant)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
