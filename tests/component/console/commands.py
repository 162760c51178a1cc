"""The `koppel` line that a page shows, and whether the command line takes it."""

import re
import shlex
from html import unescape
from typing import Any

from koppel_cli.main import tool

_LINE = re.compile(r'<p class="command">.{0,200}?<code>([^<]{1,600})</code>', re.DOTALL)
_ANY = re.compile(r"<code>(koppel [^<]{1,600})</code>")


def line_of(html: str) -> list[str]:
    """The words of the page's line, taken apart as a shell does."""
    found = _LINE.search(html)
    assert found is not None
    return shlex.split(unescape(found[1]))


def lines_of(html: str) -> list[list[str]]:
    """The words of every `koppel` line on the page."""
    return [shlex.split(unescape(each)) for each in _ANY.findall(html)]


def accepts(words: list[str]) -> None:
    """Every command, argument and option of the line is there. Raises what the command line would say."""
    koppel, *rest = words
    assert koppel == "koppel"
    command: Any = tool()
    while hasattr(command, "commands") and rest and rest[0] in command.commands:
        command = command.commands[rest.pop(0)]
    assert not hasattr(command, "commands"), "a group, and no command of it"
    command.make_context("koppel", rest)
