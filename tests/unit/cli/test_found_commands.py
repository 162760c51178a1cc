"""The command that shows what `koppel find` found is one that there is, and one for an operator."""

from importlib import import_module
from string import Formatter
from typing import Any

import pytest
from typer.core import TyperGroup

from koppel.platform.kinds import Kind
from koppel.platform.operations.find import KINDS
from koppel_cli.main import main, tool

from .answering import NAMES, answering

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
    koppel, *words = _words(kind)
    command: Any = tool()
    context = command.make_context(koppel, [], resilient_parsing=True)
    while isinstance(command, TyperGroup):
        found = command.get_command(context, words[0])
        assert found is not None, f"there is no {words[0]}"
        command, words = found, words[1:]
    command.make_context(kind.command, words)


@pytest.mark.parametrize("kind", [*KINDS, *OF_EVENTS, *OF_SERVICES], ids=lambda kind: kind.command)
def test_it_asks_what_an_operator_may_ask(monkeypatch: pytest.MonkeyPatch, kind: Kind) -> None:
    calls = answering(monkeypatch, {name: {} for name in NAMES})
    main(_words(kind)[1:])
    assert calls
    assert [path for _, _, path in calls if not path.startswith("/ops/v1/")] == []


def _words(kind: Kind) -> list[str]:
    names = [name for _, name, _, _ in Formatter().parse(kind.command) if name]
    return kind.command.format_map({name: "open" if name == "state" else ID for name in names}).split()
