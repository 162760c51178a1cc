"""Where the demonstration is shown."""

from rich.console import Console

_WIDTH_OF_A_LOG = 120


def screen(*, to_stderr: bool) -> Console:
    """The terminal at its own width; a file or pipe wide enough for the tables."""
    console = Console(stderr=to_stderr)
    return console if console.is_terminal else Console(stderr=to_stderr, width=_WIDTH_OF_A_LOG)
