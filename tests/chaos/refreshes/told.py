"""What the sweeps over a refresh's awaits saw, as the table that a run ends with."""

from dataclasses import dataclass, field


@dataclass
class Told:
    rows: list[tuple[str, str, int, int]] = field(default_factory=list)

    def says(self, disturbed: str, points: str, lost: int, detected: int) -> None:
        self.rows.append((disturbed, points, lost, detected))

    def table(self) -> list[str]:
        lines = ["| At each await | Points | Logins lost | Told to a person |", "|---|---|---|---|"]
        return lines + [f"| {' | '.join(str(cell) for cell in row)} |" for row in self.rows]
