"""docs/cli.md is what `koppel --help` says, and each question of an operator is one command that exists."""

import re
import shlex
from pathlib import Path

from koppel_cli.main import tool
from koppel_cli.page import page

DOCS = Path(__file__).parents[3] / "docs"


def test_the_page_is_the_help() -> None:
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == page(), "python -m koppel_cli.page > docs/cli.md"


def test_each_question_is_a_command_with_options_that_it_has() -> None:
    text = (DOCS / "operating.md").read_text(encoding="utf-8").partition("## What operators ask")[2]
    lines = re.findall(r"^\| [^|]+ \| `koppel ([^`]+)`", text.partition("\n## ")[0], re.MULTILINE)
    assert len(lines) >= 8
    for line in lines:
        command: object = tool()
        words = shlex.split(line)
        while words and words[0] in getattr(command, "commands", {}):
            command = getattr(command, "commands")[words.pop(0)]  # noqa: B009
        command = getattr(command, "commands", {}).get("list", command)
        known = {name for each in getattr(command, "params") for name in each.opts}  # noqa: B009
        assert {word for word in words if word.startswith("--")} <= known, line
