"""What is seen while it runs: the rounds so far as a table, and what happens now. On stderr; results go to stdout."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from tests.bench.figures import Pair

_WIDTH_ELSEWHERE = 140


class Screen:
    """A live table on a terminal, a line for each change elsewhere. Use as a context manager."""

    def __init__(self, *, quiet: bool = False) -> None:
        terminal = Console(stderr=True)
        self._console = terminal if terminal.is_terminal else Console(stderr=True, width=_WIDTH_ELSEWHERE)
        self._console.quiet = quiet
        self._rows: list[tuple[str, str, str, str, str]] = []
        self._now = ""
        self._began = time.monotonic()
        self._live = Live(console=self._console, get_renderable=self._table, refresh_per_second=4)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._now = "stopped" if error else "done"
        if self._console.is_terminal:
            self._live.stop()

    def say(self, line: str) -> None:
        """What happens from now on."""
        self._now = line
        if not self._console.is_terminal:
            self._console.print(f"{self._clock()}  {line}", highlight=False)

    def hint(self, line: str) -> None:
        """How far that is; only shown where it can be overwritten."""
        self._now = line

    def round(self, title: str, number: int, pair: Pair) -> None:
        """A round is done; number 0 was the warm-up."""
        name = str(number) if number else "warm-up"
        row = (title, name, f"{pair.ours:.2f} s", f"{pair.bare:.2f} s", f"{pair.ratio:.2f}")
        self._rows.append(row)
        if not self._console.is_terminal:
            self._console.print(
                f"{self._clock()}  {title}, round {name}: {row[2]} beside {row[3]}, ratio {row[4]}"
            )

    def _table(self) -> Table:
        table = Table(title="Koppel beside bare libraries", caption=f"{self._clock()}  {self._now}")
        for head in ("work", "round", "Koppel", "bare", "ratio"):
            table.add_column(head, justify="left" if head == "work" else "right")
        for row in self._rows:
            table.add_row(*row)
        return table

    def _clock(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"{minutes}:{seconds:02}"
