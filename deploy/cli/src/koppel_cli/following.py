"""Watching something to its end: a line that changes on a terminal, lines elsewhere."""

import time
from collections.abc import Callable

from rich.console import Console

from koppel_cli.operations import Json
from koppel_cli.output import say, understood

LOOK_EVERY = 0.5


def follow_until(
    look: Callable[[], Json], told: Callable[[Json], str], *, going: Callable[[Json], bool]
) -> Json:
    """Look until it no longer goes on; `told` says how far it is. Returns the last look."""
    console = Console(stderr=True, highlight=False)
    found, last = look(), ""
    with understood(), console.status("") as status:
        while going(found):
            if (line := told(found)) != last:
                status.update(line) if console.is_terminal else say(line)
                last = line
            time.sleep(LOOK_EVERY)
            found = look()
    return found
