"""The `koppel` command. Each module of the folder `commands` is a command group; a new file there is found unasked.

A command group has `register(commands)`, which adds its parsers and sets `run` on each: a function that
takes the parsed arguments and returns the exit code. What only one command needs is imported inside it.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pkgutil import iter_modules

import koppel_cli.commands
from koppel.kernel.errors import KoppelError
from koppel_cli.commands import CALLS_ENVIRONMENT
from koppel_cli.output import complain

_ABOUT = """\
Operate Koppel: run the whole system on this machine, see how it is doing, and act on it.

  koppel up                      start everything; again: start what died
  koppel status                  one line a part
  koppel parked causes           why events could not be applied; what is done about it
  koppel logs sync-svc -f        follow what a part writes
  koppel token --organisation UUID --user UUID --role beheerder
                                 a bearer token for the local stack
  koppel replay plan --stream koppel.administration.v1 KEY --target assignment-svc --reason "lost an event"
                                 what sending events again would do; `koppel replay start ID` does it
  koppel held-deletions          deletions that wait for a person, because too much vanished at once
  koppel administrations         an office's administrations; `koppel kvk NUMBER` asks the trade register
  koppel down                    stop everything
"""
_ENVIRONMENT = """\
environment of the local stack:
  KOPPEL_STATE_DIR                 where it keeps its state (default: .local of this clone)
  KOPPEL_DATABASE_URL              an administrator's PostgreSQL to use instead of the embedded one
  KOPPEL_KAFKA_BOOTSTRAP_SERVERS   a Kafka cluster to use instead of the embedded broker
  KOPPEL_TOKEN                     bearer token to call the services with (default: one of the local issuer)
  KOPPEL_CONNECTION_SVC_URL        where a service is, likewise IMPORT_SVC, ASSIGNMENT_SVC, SYNC_SVC, and the demo's
  KOPPEL_SANDBOX_URL               sandbox (default: what `koppel up` started)
  KOPPEL_ISSUER_DIR                signing key of the local issuer (default: identity/ of the state)
  KOPPEL_MAVEN_REPOSITORY          where the broker's jars are fetched (default: Maven Central)
  KOPPEL_CACHE_DIR                 where they are kept (default: ~/.cache/koppel)
  KOPPEL_SERVICE_ACCESS, KOPPEL_OTLP_ENDPOINT, KOPPEL_LOG_LEVEL, IMPORT_SVC_LOOK_EVERY
                                   passed on to the services (docs/settings.md)
"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    whole = argparse.ArgumentParser(
        prog="koppel",
        description=_ABOUT,
        epilog=f"{CALLS_ENVIRONMENT}\n{_ENVIRONMENT}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND", title="commands")
    for module in iter_modules(koppel_cli.commands.__path__):
        import_module(f"koppel_cli.commands.{module.name}").register(commands)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 only when it did what was asked."""
    parsed = parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = parsed.run
    try:
        return run(parsed)
    except KoppelError as error:
        complain(error)
        return 1
    except KeyboardInterrupt:
        print("stopped by you", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of the pipe ended first, as in `koppel logs kafka | head`: that is no failure.
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
