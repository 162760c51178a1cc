"""The results as a table to read and as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.cpu import in_words
from tests.bench.peers.figures import Beside, Figure
from tests.bench.report import table


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One run. `settings` are the peer's own that were changed."""

    figures: tuple[Figure, ...]
    beside: tuple[Beside, ...]
    settings: Mapping[str, str]
    environment: Mapping[str, str]


def markdown(results: Results) -> str:
    """Ratios of ours to the peer's first, absolute figures of this machine second."""
    head = ("figure", "ratio", "rounds", "goal", "", *(each.name for each in results.beside))
    parts = [
        " · ".join(f"{name} {value}" for name, value in results.environment.items()),
        table(head, [_line(each) for each in results.figures]),
        *(_words(each) for each in results.beside),
        f"**Set for the peer.** {', '.join(f'`{name}={value}`' for name, value in results.settings.items())}.",
    ]
    return "\n\n".join(parts) + "\n"


def as_data(results: Results) -> dict[str, Any]:
    """The same for programs."""
    return {
        "environment": dict(results.environment),
        "figures": [
            {
                "figure": each.title,
                "unit": each.unit,
                "ratio": each.ratio,
                "goal": str(each.goal),
                "verdict": each.verdict,
                "rounds": [{"ours": ours, "peer": peer} for ours, peer in each.rounds],
            }
            for each in results.figures
        ],
        "beside": [
            {"side": each.name, "written_per_second": each.writing, "seconds_per_100000": dict(each.spent)}
            for each in results.beside
        ],
        "settings": dict(results.settings),
    }


def _line(each: Figure) -> Sequence[str]:
    low, high = min(each.ratios), max(each.ratios)
    absolute = (each.in_words(each.ours), each.in_words(each.peer))
    ratio = f"**{each.ratio:.2f}**"
    return (each.title, ratio, f"{low:.2f}–{high:.2f}", str(each.goal), each.verdict, *absolute)


def _words(each: Beside) -> str:
    return f"**{each.name}.** Written at {each.writing:,.0f} events/s meanwhile. Per 100,000 events: {in_words(each.spent)}."
