"""`koppel up`, `down` and `status`: the local stack.

What runs it is imported by the commands: no other command of `koppel` pays for clients of Kafka and PostgreSQL.
"""

import typer

from koppel_cli.help import HERE, examples
from koppel_cli.options import AsJson
from koppel_cli.output import say, show_json
from koppel_local.commands.token import operator_token
from koppel_local.progress import download_bar

_ENVIRONMENT = """

Environment of the local stack:
  KOPPEL_STATE_DIR
      where it keeps its state (default: .local of this clone)
  KOPPEL_DATABASE_URL
      an administrator's PostgreSQL to use instead of the embedded one
  KOPPEL_KAFKA_BOOTSTRAP_SERVERS
      a Kafka cluster to use instead of the embedded broker; with the other
      KOPPEL_KAFKA_… where it wants TLS or a login (docs/settings.md)
  KOPPEL_SANDBOX_URL
      of the demo: a sandbox that runs elsewhere
  KOPPEL_ISSUER_DIR
      signing key of the local issuer (default: identity/ of the state)
  KOPPEL_MAVEN_REPOSITORY
      where the broker's jars are fetched (default: Maven Central)
  KOPPEL_CACHE_DIR
      where they are kept (default: ~/.cache/koppel)
  KOPPEL_SERVICE_ACCESS, KOPPEL_OTLP_ENDPOINT, KOPPEL_LOG_LEVEL,
  IMPORT_SVC_LOOK_EVERY
      passed on to the services (docs/settings.md)"""


def register(koppel: typer.Typer) -> None:
    koppel.command("up", rich_help_panel=HERE, epilog=examples("koppel up") + _ENVIRONMENT)(_up)
    koppel.command("down", rich_help_panel=HERE, epilog=examples("koppel down"))(_down)
    koppel.command("status", rich_help_panel=HERE, epilog=examples("koppel status --json"))(_status)


def _up() -> int:
    """Start everything; again: start what died.

    PostgreSQL, Kafka, the sandbox, the local issuer, the console and the services; returns when all is ready. Parts that run are left alone.
    """
    from koppel_local.stack.stack import Stack  # noqa: PLC0415  (see above)

    Stack(say=say, progress=download_bar).start()
    return 0


def _down() -> int:
    """Stop every process of the stack; its data is kept."""
    from koppel_local.stack.stack import Stack  # noqa: PLC0415  (see above)

    Stack(say=say).down()
    return 0


def _status(*, as_json: AsJson = False) -> int:
    """How every part is doing, a line each, and what needs somebody.

    The exit code is 1 unless all are ready. JSON has addresses and processes.
    """
    from koppel_local.commands.attention import needs  # noqa: PLC0415  (see above)
    from koppel_local.commands.part_lines import part_lines  # noqa: PLC0415
    from koppel_local.stack.stack import Stack  # noqa: PLC0415
    from koppel_local.stack.status import all_ready  # noqa: PLC0415

    status = Stack().status()
    if as_json:
        show_json(status)
    else:
        print("\n".join(part_lines(status)))
        matters = needs(status, operator_token())
        print("\n  ".join(["needs somebody:", *matters]) if matters else "all is ready, nothing needs you")
    return 0 if all_ready(status) else 1
