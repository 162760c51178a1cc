"""The command that shows what `koppel find` found is one that there is."""

from importlib import import_module
from string import Formatter
from typing import Any

import pytest
from typer.core import TyperGroup

from koppel.platform.kinds import Kind
from koppel.platform.operations.find import KINDS
from koppel_cli.main import tool

ID = "0198c0de-0000-7000-8000-000000000003"
OF_EVENTS = [
    Kind("event", "", f"koppel events --{name} {{id}}")
    for name in ("event-id", "correlation-id", "causation-id")
]
OF_SERVICES = [
    kind
    for service in ("connection", "import", "assignment", "sync")
    for kind in import_module(f"{service}_svc.adapters.postgres.kinds").KINDS
]


@pytest.mark.parametrize("kind", [*KINDS, *OF_EVENTS, *OF_SERVICES], ids=lambda kind: kind.command)
def test_it_is_a_command_with_those_arguments(kind: Kind) -> None:
    names = [name for _, name, _, _ in Formatter().parse(kind.command) if name]
    line = kind.command.format_map({name: "open" if name == "state" else ID for name in names})
    koppel, *words = line.split()
    command: Any = tool()
    context = command.make_context(koppel, [], resilient_parsing=True)
    while isinstance(command, TyperGroup):
        found = command.get_command(context, words[0])
        assert found is not None, f"there is no {words[0]}"
        command, words = found, words[1:]
    command.make_context(line, words)
