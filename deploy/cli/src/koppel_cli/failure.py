"""How a command fails: one line, and what to do next."""

from typing import Protocol, runtime_checkable


class CommandFailed(Exception):
    """What was asked cannot be done. `detail` is one line, `hint` says what to do next."""

    def __init__(self, code: str, detail: str, *, hint: str) -> None:
        super().__init__(f"{detail} {hint}")
        self.code = code
        self.detail = detail
        self.hint = hint


@runtime_checkable
class Told(Protocol):
    """A failure that says itself in one line. Commands of other packages have their own; some have a `hint` too."""

    @property
    def code(self) -> str:
        """Stable, in snake_case."""

    @property
    def detail(self) -> str:
        """One line."""
