"""`koppel demo`: the main job, from an office's first user to the last synchronised record."""

import json

import typer

from koppel_cli.help import HERE, examples
from koppel_cli.options import AsJson
from koppel_cli.output import say
from koppel_local.progress import download_bar


def register(koppel: typer.Typer) -> None:
    ends = examples("koppel demo", "PROVIDER=exact_online koppel demo --json")
    koppel.command("demo", rich_help_panel=HERE, epilog=ends)(_demo)


def _demo(*, as_json: AsJson = False) -> int:
    """Do the main job before your eyes.

    Start what does not run, connect, import, assign and synchronise the administrations of two providers at the
    sandbox, show what happened, and stop what was started. A running stack is used and left running; every run is an
    office of its own. The exit code is 0 only when every step did what it promised; JSON is the last line.

    With KOPPEL_<SERVICE>_URL, KOPPEL_SANDBOX_URL and KOPPEL_KAFKA_BOOTSTRAP_SERVERS it plays at a system that runs
    elsewhere, as the bearer of KOPPEL_TOKEN. PROVIDER names one to play at alone; unless it is set the office has
    eAccounting and Exact Online.
    """
    # Imported here: no other command pays for the demonstration.
    from koppel_local.demo.play import demonstrate  # noqa: PLC0415
    from koppel_local.demo.screen import screen  # noqa: PLC0415

    facts = demonstrate(screen(to_stderr=as_json), say, download_bar)
    if as_json:
        print(json.dumps(facts))
    return 0
