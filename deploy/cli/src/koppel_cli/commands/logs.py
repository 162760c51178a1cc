"""`koppel logs`: what a part of the local stack wrote."""

import argparse
import sys
import time
from pathlib import Path
from typing import BinaryIO

from koppel_cli.commands import Commands
from koppel_local.failure import SetupFailed
from koppel_local.failure import log_tail as last_lines
from koppel_local.stack.layout import PART_NAMES, default_state_dir, log_file

_PAUSE = 0.2


def register(commands: Commands) -> None:
    logs = commands.add_parser(
        "logs", help="what a part wrote", description="The end of a part's log, and with -f what comes after."
    )
    logs.add_argument("service", metavar="SERVICE", choices=PART_NAMES, help=", ".join(PART_NAMES))
    logs.add_argument("-f", "--follow", action="store_true", help="go on until interrupted")
    logs.add_argument("-n", "--lines", type=int, default=50, help="how many lines to begin with (default 50)")
    logs.set_defaults(run=_logs)


def _logs(arguments: argparse.Namespace) -> int:
    path = log_file(default_state_dir(), arguments.service)
    if not path.exists():
        detail = f"{arguments.service} has written nothing yet: {path} does not exist."
        raise SetupFailed("no_log", detail, hint="Start the stack with `make up`.")
    with path.open("rb") as log:
        log.seek(0, 2)
        print(last_lines(path, arguments.lines), flush=True)
        if arguments.follow:
            _follow(path, log)
    return 0


def _follow(path: Path, log: BinaryIO) -> None:
    while True:
        if fresh := log.read():
            sys.stdout.buffer.write(fresh)
            sys.stdout.flush()
        elif path.stat().st_size < log.tell():
            log.seek(0)  # set aside and begun anew
        else:
            time.sleep(_PAUSE)
