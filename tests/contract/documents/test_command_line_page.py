"""docs/cli.md is what `koppel --help` says, and each command of another page exists, with its options."""

import re
import shlex
from pathlib import Path

from koppel_cli.main import tool
from koppel_cli.page import page

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_the_help() -> None:
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == page(), "python -m koppel_cli.page > docs/cli.md"


def _named() -> set[str]:
    """Commands with at least one word after `koppel`, of every page but the one that is made of the help."""
    pages = [page for page in DOCS.rglob("*.md") if page.name != "cli.md"]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    return {
        (inline or line).strip()
        for inline, line in re.findall(
            r"`(?:uv run )?koppel ([a-z][^`]*)`|^(?:uv run )?koppel ([a-z][^\n#]*)", text, re.MULTILINE
        )
    }


def test_each_command_of_a_page_is_one_with_options_that_it_has() -> None:
    lines = _named()
    assert len(lines) > 50
    for line in lines:
        command: object = tool()
        words = shlex.split(line)
        while words and words[0] in getattr(command, "commands", {}):
            command = getattr(command, "commands")[words.pop(0)]  # noqa: B009
        inner = getattr(command, "commands", {})
        assert not (inner and words and not words[0].startswith("-")), line
        command = inner.get("list", command)
        known = {name for each in getattr(command, "params") for name in each.opts}  # noqa: B009
        assert {word for word in words if word.startswith("--")} <= known, line
