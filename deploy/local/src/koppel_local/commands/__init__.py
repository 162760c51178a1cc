"""What this package adds to `koppel`: the commands of the stack on this machine."""

import typer

from koppel_local.commands import demo, logs, stack, token, topics


def register(koppel: typer.Typer) -> None:
    """Add them; `koppel` finds this function by its entry point."""
    for group in (stack, logs, token, demo, topics):
        group.register(koppel)
