"""Every `--help`: fits 80 columns, says what the command does, and has an example that the command line takes."""

import re
from collections.abc import Iterator

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


def test_completion_can_be_installed(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"])
    assert "--install-completion" in capsys.readouterr().out
