"""The command line of a service: `<name> run`, `<name> migrate` and `<name> accept-restore`."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import NoReturn

from koppel.kernel.errors import KoppelError
from koppel.platform.console import complain, say
from koppel.platform.migrations import Limits, Phase
from koppel.platform.restore.command import accept_by_name
from koppel.platform.runner.process import run_process

_LONGEST = 86_400.0
"""Seconds; a day is enough, and PostgreSQL takes no time-out beyond 24 days."""


def service_main(
    name: str,
    *,
    run: Callable[[], Awaitable[int]],
    migrate: Callable[[Phase | None, Limits], Awaitable[Sequence[str]]],
    arguments: Sequence[str] | None = None,
) -> NoReturn:
    """Parse the command line and do it. Exit codes: 0 done, 1 failed, 2 wrong use or settings.

    An error that Koppel raises on purpose is one line on stderr; anything else is a bug and shows its stack.
    """
    given = _parser(name).parse_args(arguments)
    commands: dict[str, Callable[[], Awaitable[object]]] = {
        "run": run,
        "migrate": partial(_migrate, migrate, given),
        "accept-restore": partial(accept_by_name, name, given.reason),
    }
    try:
        code = run_process(_as_coroutine(commands[given.command]))
    except KoppelError as error:
        complain(error.detail)
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


async def _migrate(
    migrate: Callable[[Phase | None, Limits], Awaitable[Sequence[str]]], given: argparse.Namespace
) -> None:
    phase = Phase(given.phase) if given.phase else None
    names = await migrate(phase, Limits(statement=timedelta(seconds=given.statement_timeout)))
    for line in [f"applied {name}" for name in names] or ["nothing to apply"]:
        say(line)


async def _as_coroutine(command: Callable[[], Awaitable[object]]) -> int:
    result = await command()
    return result if isinstance(result, int) else 0


def _parser(name: str) -> argparse.ArgumentParser:
    prefix = name.upper().replace("-", "_")
    parser = argparse.ArgumentParser(
        prog=name,
        description=f"{name} of Koppel.",
        epilog=f"Settings come from the environment: {prefix}_… of this service, KOPPEL_… shared by all.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="run | migrate | accept-restore")
    commands.add_parser("run", help="serve until SIGTERM or SIGINT")
    migrate = commands.add_parser("migrate", help="bring the database schema up to date and exit")
    migrate.add_argument(
        "--phase",
        choices=[*Phase],
        help="pre: before the new code starts; post: after the last old process is gone; without it, both",
    )
    migrate.add_argument(
        "--statement-timeout",
        type=_seconds,
        default=Limits().statement.total_seconds(),
        metavar="SECONDS",
        help="for each statement (default: %(default)g)",
    )
    accept = commands.add_parser(
        "accept-restore", help="after the database was restored to an earlier time: go on from there"
    )
    accept.add_argument("--reason", required=True, help="stands in the audit")
    parser.set_defaults(reason="")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= _LONGEST:
        raise ValueError(text)
    return seconds
