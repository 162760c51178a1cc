"""`koppel up`, `down` and `status`: the local stack."""

import argparse
import json

from koppel_cli.commands import Commands
from koppel_cli.output import say
from koppel_local.progress import download_bar
from koppel_local.stack.stack import Stack
from koppel_local.stack.status import StackStatus, all_ready


def register(commands: Commands) -> None:
    up = commands.add_parser(
        "up",
        help="start everything and return when all is ready",
        description="Start PostgreSQL, Kafka, the sandbox and the services. Parts that run are left alone.",
    )
    up.set_defaults(run=_up)
    down = commands.add_parser(
        "down", help="stop everything", description="Stop every process of the stack; its data is kept."
    )
    down.set_defaults(run=_down)
    status = commands.add_parser(
        "status",
        help="one line a part",
        description="How every part is doing. The exit code is 1 unless all are ready.",
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
    status = Stack().status()
    if arguments.json:
        print(json.dumps(status, indent=2))
    else:
        print("\n".join(_lines(status)))
    return 0 if all_ready(status) else 1


def _lines(status: StackStatus) -> list[str]:
    postgres, kafka = status["postgres"], status["kafka"]
    place = (postgres["dsn"] or "").rpartition("@")[2]  # never the password
    parts = [
        ("postgres", place, postgres["ready"], postgres["pids"]),
        ("kafka", kafka["bootstrap_servers"], kafka["ready"], kafka["pids"]),
        *((n, part["url"], part["ready"], part["pids"]) for n, part in status["services"].items()),
        ("sandbox", status["sandbox"]["url"], status["sandbox"]["ready"], status["sandbox"]["pids"]),
    ]
    return [_line(*part) for part in parts]


def _line(name: str, place: str | None, ready: bool, pids: list[int]) -> str:
    state = "ready" if ready else "starting or stuck" if pids else "not running"
    numbers = "pid " + " ".join(map(str, pids)) if pids else ""
    return f"{name:15} {state:18} {place or '-':30} {numbers}".rstrip()
