"""`koppel up`, `down` and `status`: the local stack."""

import argparse
import json

from koppel_cli.attention import needs
from koppel_cli.commands import Commands
from koppel_cli.operations import local_token
from koppel_cli.output import say
from koppel_cli.part_lines import part_lines
from koppel_local.failure import SetupFailed
from koppel_local.progress import download_bar
from koppel_local.stack.stack import Stack
from koppel_local.stack.status import all_ready


def register(commands: Commands) -> None:
    up = commands.add_parser(
        "up",
        help="start everything and return when all is ready",
        description="Start PostgreSQL, Kafka, the sandbox, the local issuer and the services. Parts that run are left alone.",
    )
    up.set_defaults(run=_up)
    down = commands.add_parser(
        "down", help="stop everything", description="Stop every process of the stack; its data is kept."
    )
    down.set_defaults(run=_down)
    status = commands.add_parser(
        "status",
        help="one line a part",
        description="How every part is doing, and what needs somebody. The exit code is 1 unless all are ready.",
    )
    status.add_argument("--json", action="store_true", help="one JSON document, with addresses and processes")
    status.set_defaults(run=_status)


def _up(arguments: argparse.Namespace) -> int:
    del arguments
    Stack(say=say, progress=download_bar).start()
    return 0


def _down(arguments: argparse.Namespace) -> int:
    del arguments
    Stack(say=say).down()
    return 0


def _status(arguments: argparse.Namespace) -> int:
    stack = Stack()
    status = stack.status()
    if arguments.json:
        print(json.dumps(status, indent=2))
    else:
        print("\n".join(part_lines(status)))
        matters = needs(status, _token(stack))
        print("\n  ".join(["needs somebody:", *matters]) if matters else "all is ready, nothing needs you")
    return 0 if all_ready(status) else 1


def _token(stack: Stack) -> str | None:
    """None before the first `up`: there is no issuer yet, and nobody to ask."""
    try:
        return local_token(stack)
    except SetupFailed:
        return None
