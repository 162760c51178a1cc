"""What each cause made fire, and when, as the table that a run ends with."""

from collections.abc import Callable, Sequence

Row = tuple[str, str, str, str]


class Told:
    """`tell` is given each row: the process that prints may be another one."""

    def __init__(self, tell: Callable[[Row], None]) -> None:
        self._tell = tell

    def says(self, cause: str, alert: str, fired: str, over: str) -> None:
        self._tell((cause, alert, fired, over))


def seconds(took: float | None, bound: float) -> str:
    """A time beside its bound; None for what never came."""
    if took is None:
        return "**never**"
    told = f"{took:.0f} s (≤ {bound:.0f})"
    return told if took <= bound else f"**missed**: {told}"


def table(rows: Sequence[Row]) -> list[str]:
    lines = ["| Cause | Alert | Fired after | Over after |", "|---|---|---|---|"]
    return lines + [f"| {' | '.join(row)} |" for row in rows]
