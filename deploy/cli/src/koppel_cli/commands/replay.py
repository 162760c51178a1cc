"""`koppel replay`: events of a service's log are sent again to the consumers that need them."""

import argparse
from argparse import ArgumentParser
from uuid import UUID

from koppel_cli.commands import CALLS_ENVIRONMENT, Commands
from koppel_cli.replay import commands, planning

_ABOUT = """\
Send events again, from the log of the service that owns them, to one consumer, several, or all that read them.
Nobody else sees them, and an effect that is there already is not made twice. First a plan, then the run:

  koppel replay plan --stream koppel.administration.v1 KEY --target assignment-svc --reason "lost an event"
                                what each target would do: apply, skip, hold; nothing is applied yet
  koppel replay start ID --follow
                                do it, and watch; exit code 1 unless the result is the plan
  koppel replay pause ID        send nothing for now; `resume` goes on where it stopped
  koppel replay cancel ID       send nothing more; what was applied stays
  koppel replay status ID       how far it is, and what came of it
  koppel replay list            the newest ones, gap repairs included

When a target moved on since the plan, the run stops as `stale`: make a new plan. A run needs the right `replay`
in the token; looking needs `operator`.
"""
_MODES = """\
modes:
  repair     apply what is missing or parked (default)
  rebuild    apply again, from each stream's lowest version found to its newest; its live events wait meanwhile
  snapshot   send the current state of administrations' records (sync-svc)
"""


def register(subcommands: Commands) -> None:
    replay = subcommands.add_parser(
        "replay", help="send events again", description=_ABOUT, epilog=CALLS_ENVIRONMENT
    )
    replay.formatter_class = argparse.RawDescriptionHelpFormatter
    acts = replay.add_subparsers(dest="act", required=True, metavar="WHAT", title="what to do")

    _register_plan(
        acts.add_parser(
            "plan",
            help="what it would do",
            description="Choose events and have the targets say what they would do with them. All conditions must "
            "hold; at least one is needed.",
            epilog=_MODES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )
    for act, told in (
        ("start", "carry a plan out"),
        ("pause", "send nothing for now"),
        ("resume", "go on after a pause"),
        ("cancel", "send nothing more"),
    ):
        parser = acts.add_parser(act, help=told, description=f"{told.capitalize()}.")
        _one(parser)
        parser.add_argument("--reason", metavar="TEXT", help="for the audit trail; default: the replay's own")
        if act in ("start", "resume"):
            parser.add_argument("--follow", action="store_true", help="watch it to its end")
        parser.set_defaults(run=commands.act, follow=False)

    status = acts.add_parser(
        "status", help="how far it is", description="One replay: plan, progress, result."
    )
    _one(status)
    status.add_argument("--follow", action="store_true", help="watch it to its end")
    status.set_defaults(run=commands.status)

    listed = acts.add_parser("list", help="the newest ones", description="Replays, newest first.")
    listed.add_argument("--service", metavar="NAME", help="ask this service only")
    listed.add_argument("--state", metavar="STATE", help="e.g. running")
    listed.add_argument("--limit", type=int, default=20, metavar="N", help="of each service; default 20")
    listed.add_argument("--json", action="store_true", help="JSON, for programs")
    listed.set_defaults(run=commands.list_replays)


def _register_plan(plan: ArgumentParser) -> None:
    choice = plan.add_argument_group("which events")
    choice.add_argument(
        "--stream",
        action="append",
        nargs="+",
        metavar=("TOPIC KEY", "VERSIONS"),
        help="one stream; VERSIONS like 3-7, 3- or -7 is optional; may be repeated",
    )
    choice.add_argument("--organisation", type=UUID, metavar="UUID", help="of one accountancy office")
    choice.add_argument(
        "--administration", action="append", type=UUID, metavar="UUID", help="may be repeated"
    )
    choice.add_argument(
        "--type",
        action="append",
        metavar="TYPE",
        help="e.g. nl.koppel.AdministrationImported.v1; may be repeated",
    )
    choice.add_argument("--from", dest="from_", metavar="TIME", help="e.g. 2026-11-25T08:00:00Z, included")
    choice.add_argument("--to", metavar="TIME", help="not included")
    choice.add_argument(
        "--parked-only", action="store_true", help="streams of which the target has an event parked"
    )
    plan.add_argument(
        "--target", action="append", required=True, metavar="NAME", help="a consumer, or all; may be repeated"
    )
    plan.add_argument("--mode", choices=("repair", "rebuild", "snapshot"), default="repair")
    plan.add_argument("--rate", type=int, metavar="N", help="events a second to each target; default 1000")
    plan.add_argument("--reason", required=True, metavar="TEXT", help="why, for the audit trail")
    plan.add_argument(
        "--service",
        metavar="NAME",
        help="the service that owns the events; needed unless a stream or type tells",
    )
    plan.add_argument("--json", action="store_true", help="one JSON document")
    plan.set_defaults(run=planning.plan)


def _one(parser: ArgumentParser) -> None:
    parser.add_argument("id", type=UUID, metavar="ID")
    parser.add_argument("--service", metavar="NAME", help="ask this service only")
    parser.add_argument("--json", action="store_true", help="one JSON document")
