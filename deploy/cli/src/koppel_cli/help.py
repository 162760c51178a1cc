"""What every `--help` ends with: examples, and the environment of those that call the services."""

from inspect import cleandoc
from typing import Any

from rich.markup import escape

from koppel_cli.places import SERVICES, variable_of

FOR_AN_ORGANISATION = "An office"
OPERATIONS = "Operations"
HERE = "On this machine"
WHO_CALLS = "Who calls"
"""Headings of `koppel --help`."""

_CALLS = "\n".join(
    (
        "Environment:",
        "  KOPPEL_TOKEN  the bearer token to call the services with, of a person of the",
        "      office, or with operators' rights (default: the login of `koppel login`,",
        "      else operators' rights at the local stack)",
        "  KOPPEL_PROFILE  which login (default: the one chosen last), of those in",
        "  KOPPEL_CONFIG_DIR  (default: ~/.config/koppel)",
        f"  {', '.join(map(variable_of, SERVICES[:2]))},",
        f"  {', '.join(map(variable_of, SERVICES[2:]))}",
        "      where the services are (default: the login's, else as `make up` left)",
    )
)


def examples(*lines: str, environment: bool = False) -> str:
    """The end of a command's help. `environment` says what commands that call the services read."""
    # The empty line keeps the indentation: the lines after the first lose what they have in common.
    parts = ["\n".join(["", "Examples:" if len(lines) > 1 else "Example:", *(f"  {line}" for line in lines)])]
    if environment:
        parts.append(_CALLS)
    return escape("\n\n".join(parts))


def flow(command: Any) -> None:
    """Of this command and all below it a paragraph is one line: it is broken where the terminal ends, not where the source did."""
    if command.help:
        paragraphs = cleandoc(command.help).split("\n\n")
        command.help = "\n\n".join(" ".join(each.splitlines()) for each in paragraphs)
    for below in getattr(command, "commands", {}).values():
        flow(below)
