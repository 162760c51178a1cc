"""`koppel demo`: the main job, from an office's first user to the last synchronised record."""

import argparse
import json

from koppel_cli.commands import Commands
from koppel_cli.output import say
from koppel_local.progress import download_bar


def register(commands: Commands) -> None:
    demo = commands.add_parser(
        "demo",
        help="do the main job before your eyes",
        description="Start what does not run, connect, import, assign and synchronise the administrations of two providers at the "
        "sandbox, show what happened, and stop what was started. A running stack is used and left running; every "
        "run is an office of its own. With KOPPEL_<SERVICE>_URL, KOPPEL_SANDBOX_URL and KOPPEL_KAFKA_BOOTSTRAP_SERVERS it "
        "plays at a system that runs elsewhere, as the bearer of KOPPEL_TOKEN. PROVIDER names one to play at alone; unless it is set the office has eAccounting and Exact Online. The exit code is 0 only when every step did what it promised.",
    )
    demo.add_argument(
        "--json", action="store_true", help="end with one JSON document of the same facts, on one line"
    )
    demo.set_defaults(run=_demo)


def _demo(arguments: argparse.Namespace) -> int:
    # Imported here: no other command pays for the demonstration.
    from koppel_cli.demo.play import demonstrate  # noqa: PLC0415
    from koppel_cli.demo.screen import screen  # noqa: PLC0415

    facts = demonstrate(screen(to_stderr=arguments.json), say, download_bar)
    if arguments.json:
        print(json.dumps(facts))
    return 0
