"""What must not be: console errors, broken policy, what axe finds, a `koppel` line that fails."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """`kind` is `console`, `policy`, `script`, `axe`, `narrow`, `menu`, `focus`, `blank`, `stand`, `bytes`, `clicks` or `command`;
    `where` names the screen."""

    kind: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind:8} {self.where}: {self.what}"


@dataclass(slots=True)
class Findings:
    """Of a whole run. What is found on every screen is told once a screen."""

    all: list[Finding] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    """How often each kind was looked for."""
    clicks: dict[str, int] = field(default_factory=dict)
    """What people come for, and how many clicks that takes."""

    def add(self, kind: str, where: str, what: str) -> None:
        if (found := Finding(kind, where, what)) not in self.all:
            self.all.append(found)

    def looked(self, kind: str, times: int = 1) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + times
