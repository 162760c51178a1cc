"""`python -m koppel_cli.page > docs/cli.md`: every command's help as one page. A test compares."""

import inspect
from collections.abc import Iterator
from typing import Any, get_args

from rich.text import Text
from typer.core import TyperGroup

from koppel_cli.main import tool

_FIRST = 2
_CALLS = "\n\nEnvironment:\n"
"""What commands that call the services end with; the page says it once."""
_ABOUT = """\
# The command line

Everything that `koppel` can do, made of its `--help`: `python -m koppel_cli.page > docs/cli.md`.
Lists have `--json`: one document, as the service told it; of a list that several services are asked for, an array of
their items. A service that does not answer is named last, the others' answers are shown, and the exit code is 1.
"""


def page() -> str:
    """The page, in Markdown."""
    whole = tool()
    lines = [_ABOUT, *_shown("koppel", whole, _FIRST)]
    for name in sorted(whole.commands):
        lines += _with_inner(f"koppel {name}", whole.commands[name], _FIRST + 1)
    return "\n".join(lines).rstrip() + "\n"


def _with_inner(name: str, command: Any, level: int) -> Iterator[str]:
    yield from _shown(name, command, level)
    if isinstance(command, TyperGroup):
        for inner in command.commands:
            yield from _with_inner(f"{name} {inner}", command.commands[inner], level + 1)


def _shown(name: str, command: Any, level: int) -> Iterator[str]:
    yield f"{'#' * level} {name}\n"
    yield f"{inspect.cleandoc(command.help or '').rstrip()}\n"
    if rows := [row for each in command.params if (row := _row(each))]:
        yield "| Option | |\n|---|---|"
        yield "\n".join(rows) + "\n"
    ends = Text.from_markup(inspect.cleandoc(command.epilog or "")).plain
    yield f"```text\n{ends if level == _FIRST else ends.partition(_CALLS)[0].rstrip()}\n```\n"


def _row(parameter: Any) -> str | None:
    """None for what every command has."""
    if {"--help", "--install-completion", "--show-completion"} & set(parameter.opts):
        return None
    told = getattr(parameter, "help", None) or ""
    if parameter.param_type_name == "argument":
        return f"| `{parameter.metavar or parameter.name.upper()}` | {_cell(told)} |"
    names = " ".join([*parameter.opts, *parameter.secondary_opts])
    value = "" if getattr(parameter, "is_flag", False) else f" {_value(parameter)}"
    needed = " Needed." if parameter.required else ""
    return f"| `{_cell(names + value)}` | {_cell(told + needed)} |"


def _value(parameter: Any) -> str:
    return parameter.metavar or "|".join(map(str, get_args(parameter.type_descriptor.annotation))) or "TEXT"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
