"""The `koppel` command. Each module of the folder `commands` is a command group; a new file there is found unasked.

A command group has `register(koppel)`, which adds its commands: functions that return the exit code. Other packages
add theirs by an entry point `koppel.commands`, so that on a machine with the local stack everything is one `koppel`.
"""

import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

import koppel_cli.commands
from koppel_cli.group import WholeTool
from koppel_cli.help import examples, flow
from koppel_cli.output import say

_ABOUT = """\
Operate Koppel: see how it is doing, and act on it.

Every list has `--json`; every command says what it did or why not, and its exit code is 0 only then.
"""
_EXAMPLES = (
    "koppel parked causes                 why events could not be applied",
    "koppel parked retry --help           and what is done about it",
    "koppel replay plan --stream koppel.administration.v1 KEY \\",
    "    --target assignment-svc --reason 'lost an event'",
    "koppel administrations --json        an office's, for a program",
)


@cache
def tool() -> TyperGroup:
    """All commands of this installation."""
    koppel = typer.Typer(
        name="koppel",
        cls=WholeTool,
        help=_ABOUT,
        epilog=examples(*_EXAMPLES, environment=True),
        context_settings={"help_option_names": ["-h", "--help"]},
        pretty_exceptions_enable=False,
    )
    for module in iter_modules(koppel_cli.commands.__path__):
        import_module(f"koppel_cli.commands.{module.name}").register(koppel)
    for further in entry_points(group="koppel.commands"):
        further.load()(koppel)
    whole = typer.main.get_command(koppel)
    if not isinstance(whole, TyperGroup):
        raise TypeError("koppel is a group")
    flow(whole)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 only when it did what was asked, 2 for a wrong command line."""
    try:
        return int(tool().main(arguments, prog_name="koppel", standalone_mode=False) or 0)
    except TyperException as wrong:
        context = getattr(wrong, "ctx", None)
        say(f"error: {wrong.format_message()}")
        if context is not None:
            usage = context.get_usage().removeprefix("Usage: ")
            say(f"hint: usage: {usage}; `{context.command_path} --help` says more")
        return 2


if __name__ == "__main__":
    sys.exit(main())
