"""The results as a table to read and as data."""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.bench.figures import FLAT_WITHIN, MOST_MEMORY, Comparison, Memory, Results

_COMPARED = ("work", "beside", "ratio", "rounds", "goal", "", "Koppel", "bare")
_REMEMBERED = ("service", "start", "peak", "end", "last third / second third", "")


def markdown(results: Results) -> str:
    """Ratios first, absolute figures of this machine second."""
    parts = [" · ".join(f"{name} {value}" for name, value in results.environment.items())]
    parts.append(table(_COMPARED, [_compared(each) for each in results.comparisons]))
    if results.memory:
        goal = f"goal: flat within {FLAT_WITHIN:.0%}, at most {MOST_MEMORY:.0f} each"
        parts.append(f"Resident memory in MB while {results.memory_records:,} records pass ({goal}):")
        parts.append(table(_REMEMBERED, [_remembered(each) for each in results.memory]))
    parts += [f"**{title}** {' '.join(facts)}" for title, facts in results.facts.items() if facts]
    return "\n\n".join(part for part in parts if part) + "\n"


def as_data(results: Results) -> dict[str, Any]:
    """The same for programs; seconds and megabytes."""
    return {
        "environment": dict(results.environment),
        "comparisons": [
            {
                "work": each.title,
                "beside": each.bare,
                "unit": each.unit,
                "amount": each.amount,
                "goal": each.goal,
                "verdict": each.verdict,
                "ratio": each.ratio,
                "rounds": [
                    {"ours": pair.ours, "bare": pair.bare, "ratio": pair.ratio} for pair in each.pairs
                ],
            }
            for each in results.comparisons
        ],
        "memory": [
            {
                "service": each.service,
                "start": each.start,
                "peak": each.peak,
                "end": each.end,
                "growth": each.growth,
                "verdict": each.verdict,
                "samples": list(each.samples),
            }
            for each in results.memory
        ],
        "memory_records": results.memory_records,
        "facts": {title: list(facts) for title, facts in results.facts.items()},
    }


def speed(amount: int, seconds: float, unit: str) -> str:
    """`100,000 in 8.12 s`, with the rate where it says more."""
    rate = amount / seconds
    return f"{seconds:.2f} s ({rate:,.0f} {unit}/s)"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _compared(each: Comparison) -> tuple[str, ...]:
    low, high = each.spread
    return (
        each.title,
        each.bare,
        f"**{each.ratio:.2f}**",
        f"{low:.2f}–{high:.2f}",
        "–" if each.goal is None else f"≥ {each.goal}",
        each.verdict,
        speed(each.amount, each.ours_seconds, each.unit),
        speed(each.amount, each.bare_seconds, each.unit),
    )


def _remembered(each: Memory) -> tuple[str, ...]:
    numbers = (each.start, each.peak, each.end)
    return (each.service, *(f"{number:.0f}" for number in numbers), f"{each.growth:+.1%}", each.verdict)
