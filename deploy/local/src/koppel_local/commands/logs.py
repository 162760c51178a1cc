"""`koppel logs`: what a part of the local stack wrote."""

import sys
import time
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from koppel_cli.help import HERE, examples
from koppel_cli.options import Follow
from koppel_local.failure import SetupFailed
from koppel_local.failure import log_tail as last_lines
from koppel_local.stack.layout import PART_NAMES, default_state_dir, log_file

_PAUSE = 0.2


def register(koppel: typer.Typer) -> None:
    ends = examples("koppel logs sync-svc -f", "koppel logs kafka --lines 200")
    koppel.command("logs", rich_help_panel=HERE, epilog=ends)(_logs)


def _part(name: str) -> str:
    if name not in PART_NAMES:
        raise typer.BadParameter(f"{name} is no part; one of {', '.join(PART_NAMES)}.")
    return name


def _logs(
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", callback=_part, help=f"One of {', '.join(PART_NAMES)}.")
    ],
    *,
    follow: Follow = False,
    lines: Annotated[int, typer.Option("--lines", "-n", metavar="N", help="How many to begin with.")] = 50,
) -> int:
    """What a part wrote: the end of its log, and with `-f` what comes after."""
    path = log_file(default_state_dir(), service)
    if not path.exists():
        detail = f"{service} has written nothing yet: {path} does not exist."
        raise SetupFailed("no_log", detail, hint="Start the stack with `make up`.")
    with path.open("rb") as log:
        log.seek(0, 2)
        print(last_lines(path, lines), flush=True)
        if follow:
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
