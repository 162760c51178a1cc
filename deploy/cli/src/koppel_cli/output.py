"""What commands print, all of it: answers to stdout, progress and complaints to stderr, 80 columns, no colours in a pipe."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from shutil import get_terminal_size
from textwrap import fill
from typing import Any

from rich.console import Console
from rich.text import Text

from koppel_cli.failure import CommandFailed, Told
from koppel_cli.tables import plain, printable, table

COLUMNS = 80
"""The width where nobody says another: a pipe, a file."""


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


def complain(error: Told) -> None:
    """What went wrong in one line, the part's own last words if it has any, and what to do next."""
    say(f"error: {plain(error.detail)}")
    for line in str(getattr(error, "log_tail", "")).splitlines():
        say(f"    {line}")
    if hint := getattr(error, "hint", None):
        say(f"hint: {hint}")


def complain_of_rows(rows: Iterable[Any]) -> None:
    """Rows of a request that were not taken, a line each."""
    with understood():
        for row in rows:
            say(f"not stored: {plain(row['pointer'])}: {plain(row['message'])}")


def show_json(answer: object) -> None:
    """One JSON document, for programs."""
    print(json.dumps(answer, indent=2))


def show_table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows in columns of at most the terminal's width."""
    with understood():
        lines = table(headings, list(rows), width=columns()).splitlines()
    _print(Text(lines[0], style="bold"))
    print("\n".join(lines[1:]))


def show_list(
    items: Sequence[Any],
    headings: Sequence[str],
    row: Callable[[Any], Sequence[object]],
    *,
    none: str,
) -> None:
    """A row an item, or the line `none`."""
    if not items:
        print(none)
        return
    with understood():
        rows = [row(item) for item in items]
    show_table(headings, rows)


def show_fields(fields: Iterable[tuple[str, object]]) -> None:
    """One thing: a name and its value a line."""
    named = [(plain(name), plain(value)) for name, value in fields]
    wide = max((len(name) for name, _ in named), default=0)
    for name, value in named:
        line = f"{name:{wide}}  {value}"
        print(_filled(line) if len(line) > columns() else line)


def show_lines(words: Callable[[Any], Iterable[str]], answer: object) -> None:
    """One answer in words: a line each, broken between words where it is too long."""
    with understood():
        lines = [printable(line) for line in words(answer)]
    for line in lines:
        print(_filled(line) if len(line) > columns() else line)


@contextmanager
def understood() -> Iterator[None]:
    """Inside, an answer is read. Raises `CommandFailed` when it has another shape than it should."""
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        detail = f"The answer has another shape than this koppel knows ({type(error).__name__}: {error})."
        hint = "Is koppel as new as the services? `--json` shows the answer as it came."
        raise CommandFailed("unexpected_answer", detail, hint=hint) from error


def columns() -> int:
    """Of the terminal, else as `COLUMNS` says, else 80."""
    return max(get_terminal_size((COLUMNS, 24)).columns, 40)


def _filled(line: str) -> str:
    """Ids and addresses stay whole: somebody copies them."""
    return fill(line, columns(), subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _print(text: Text) -> None:
    """Styled on a terminal, plain elsewhere; never broken into more lines."""
    Console(highlight=False).print(text, soft_wrap=True)
