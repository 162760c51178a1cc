"""Watching something to its end: one line that changes on a terminal, a line for each change elsewhere."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from rich.console import Console

from koppel_cli.operations import Json
from koppel_cli.output import say, understood
from koppel_cli.tables import printable

LOOK_EVERY = 0.5


def follow_until(
    look: Callable[[], Json], told: Callable[[Json], str], *, going: Callable[[Json], bool]
) -> Json:
    """Look until it no longer goes on; `told` says how far it is. Returns the last look."""
    console = Console(stderr=True, highlight=False, markup=False)
    shown: AbstractContextManager[Any] = console.status("") if console.is_terminal else nullcontext()
    found, last = look(), ""
    with understood(), shown as status:
        while going(found):
            if (line := printable(told(found))) != last:
                say(line) if status is None else status.update(line)
                last = line
            time.sleep(LOOK_EVERY)
            found = look()
    return found
