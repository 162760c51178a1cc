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

    def __init__(
        self, *, quiet: bool = False, title: str = "Koppel beside bare libraries", beside: str = "bare"
    ) -> None:
        terminal = Console(stderr=True)
        self._console = terminal if terminal.is_terminal else Console(stderr=True, width=_WIDTH_ELSEWHERE)
        self._console.quiet = quiet
        self._title = title
        self._heads = ("work", "round", "Koppel", beside, "ratio")
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
        self.compared(title, number, f"{pair.ours:.2f} s", f"{pair.bare:.2f} s", pair.ratio)

    def compared(self, title: str, number: int, ours: str, beside: str, ratio: float) -> None:
        """The same in any unit."""
        name = str(number) if number else "warm-up"
        self._rows.append((title, name, ours, beside, f"{ratio:.2f}"))
        if not self._console.is_terminal:
            self._console.print(
                f"{self._clock()}  {title}, round {name}: {ours} beside {beside}, ratio {ratio:.2f}"
            )

    def _table(self) -> Table:
        table = Table(title=self._title, caption=f"{self._clock()}  {self._now}")
        for head in self._heads:
            table.add_column(head, justify="left" if head == "work" else "right")
        for row in self._rows:
            table.add_row(*row)
        return table

    def _clock(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"{minutes}:{seconds:02}"
