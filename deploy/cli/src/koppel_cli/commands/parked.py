"""`koppel parked`: events that could not be applied, and what is done about them."""

import argparse
from argparse import ArgumentParser
from uuid import UUID

from koppel_cli.commands import CALLS_ENVIRONMENT, Commands
from koppel_cli.parked import commands, discarding, queries

_ABOUT = """\
Events that a consumer could not apply. Each waits with its cause; later events of its key wait behind it.

  koppel parked causes                          why events wait, how many for each cause
  koppel parked check --cause CODE              which would pass now; nothing is changed
  koppel parked retry --cause CODE --only-passing --reason "mended in 1.2"
  koppel parked retry ID                        try one again
  koppel parked discard ID --dry-run --reason "sent twice by the provider"
  koppel parked discard ID --reason "sent twice by the provider"

All services are asked, or the one named with --service. Discarding is for one event at a time: each discard
loses one effect for good.
"""


def register(subcommands: Commands) -> None:
    parked = subcommands.add_parser(
        "parked", help="events that could not be applied", description=_ABOUT, epilog=CALLS_ENVIRONMENT
    )
    parked.formatter_class = argparse.RawDescriptionHelpFormatter
    acts = parked.add_subparsers(dest="act", required=True, metavar="WHAT", title="what to do")

    listed = acts.add_parser("list", help="all of them", description="Every parked event, oldest first.")
    _place(listed)
    listed.add_argument("--cause", metavar="CODE", help="a cause's code or class")
    listed.add_argument("--organisation", type=UUID, metavar="UUID", help="of one accountancy office")
    listed.set_defaults(run=queries.list_parked)

    causes = acts.add_parser("causes", help="why they wait", description="One line a cause and event type.")
    _place(causes)
    causes.set_defaults(run=queries.list_causes)

    show = acts.add_parser("show", help="one of them", description="Everything about one parked event.")
    show.add_argument("id", type=UUID, metavar="ID")
    show.add_argument("--service", metavar="NAME", help="ask this service only")
    show.add_argument("--json", action="store_true", help="one JSON document")
    show.set_defaults(run=queries.show)

    check = acts.add_parser(
        "check",
        help="what would pass now",
        description="Run events through their handlers and roll everything back. Exit code 1 unless all pass.",
    )
    _choice(check)
    check.set_defaults(run=commands.check)

    retry = acts.add_parser(
        "retry",
        help="try them again",
        description="Make events due at once, with all their attempts before them. What fails waits again.",
    )
    _choice(retry)
    retry.add_argument("--only-passing", action="store_true", help="check first; leave what would fail again")
    retry.add_argument("--reason", metavar="TEXT", help="for the audit trail; needed for more than one event")
    retry.set_defaults(run=commands.retry)

    discard = acts.add_parser(
        "discard",
        help="give one up for good",
        description="It will never be applied; what waits behind it is applied in its order. What else it would cost is "
        "said first, and needs --yes where nobody can be asked.",
    )
    discard.add_argument("id", type=UUID, metavar="ID")
    discard.add_argument("--reason", required=True, metavar="TEXT", help="why its effect may be lost")
    discard.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    discard.add_argument("--yes", action="store_true", help="do not ask")
    discard.add_argument(
        "--event-only",
        action="store_true",
        help="of an event that waits for missing versions: give it up, and wait for them on",
    )
    discard.add_argument("--service", metavar="NAME", help="ask this service only")
    discard.add_argument("--json", action="store_true", help="one JSON document")
    discard.set_defaults(run=discarding.discard)


def _place(parser: ArgumentParser) -> None:
    parser.add_argument("--service", metavar="NAME", help="ask this service only")
    parser.add_argument("--consumer", metavar="NAME", help="parked by this consumer")
    parser.add_argument("--type", metavar="TYPE", help="e.g. nl.koppel.AdministrationImported.v1")
    parser.add_argument("--json", action="store_true", help="JSON, for programs")


def _choice(parser: ArgumentParser) -> None:
    parser.add_argument("ids", type=UUID, nargs="*", metavar="ID", help="which; or give --cause")
    parser.add_argument("--cause", metavar="CODE", help="all that wait for this cause")
    parser.add_argument("--class", dest="kind", choices=("transient", "permanent", "malformed", "gap"))
    _place(parser)
