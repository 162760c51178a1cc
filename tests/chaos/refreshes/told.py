"""What the sweeps over a refresh's awaits saw, as the table that a run ends with."""

from collections.abc import Callable, Sequence

Row = tuple[str, str, int, int]


class Told:
    """`tell` is given each row: tests run in several processes, and one of them prints the table."""

    def __init__(self, tell: Callable[[Row], None]) -> None:
        self._tell = tell

    def says(self, disturbed: str, points: str, lost: int, detected: int) -> None:
        self._tell((disturbed, points, lost, detected))


def table(rows: Sequence[Row]) -> list[str]:
    lines = ["| At each await | Points | Logins lost | Told to a person |", "|---|---|---|---|"]
    return lines + [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
