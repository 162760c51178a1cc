"""What commands print: progress and complaints to stderr, answers to stdout."""

import sys

from koppel.kernel.errors import KoppelError
from koppel_local.failure import SetupFailed


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


def complain(error: KoppelError) -> None:
    """What went wrong in one line, the part's own last words if it has any, and what to do next."""
    say(f"error: {error.detail}")
    if isinstance(error, SetupFailed):
        for line in error.log_tail.splitlines():
            say(f"    {line}")
        say(f"hint: {error.hint}")
