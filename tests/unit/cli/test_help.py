"""Every `--help`: fits 80 columns, says what the command does, and has an example that the command line takes."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.core import TyperGroup

from koppel_cli.main import main, tool


def _commands(group: TyperGroup, *above: str) -> Iterator[tuple[str, ...]]:
    yield above
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, *above, name)
        else:
            yield (*above, name)


@pytest.mark.parametrize("command", list(_commands(tool())), ids=" ".join)
def test_each_help_fits_80_columns_and_has_an_example_of_it(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--help"]) == 0
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines())) <= 80
    assert "\x1b" not in told
    examples = told.partition("Example")[2]
    assert re.search(rf"koppel {' '.join(command)}\b" if command else "koppel ", examples)


def test_no_paragraph_keeps_the_lines_of_its_source() -> None:
    helps = {command: _below(command).help or "" for command in _commands(tool())}
    broken = [each for each, told in helps.items() if any("\n" in part for part in told.split("\n\n"))]
    assert broken == []


def _below(command: tuple[str, ...]) -> Any:
    found: Any = tool()
    for name in command:
        found = found.commands[name]
    return found


def test_completion_can_be_installed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    assert "--install-completion" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "word", "offered"), [("koppel par", 1, "parked"), ("koppel parked ", 2, "causes")]
)
def test_a_shell_is_told_how_a_word_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, word: int, offered: str
) -> None:
    """Also in a group whose list needs no name."""
    monkeypatch.setenv("_KOPPEL_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(word))
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 0
    assert offered in capsys.readouterr().out.split()
