"""`koppel parked`: events that could not be applied, and what is done about them."""

import typer

from koppel_cli.group import Listing
from koppel_cli.help import OPERATIONS, examples
from koppel_cli.parked import checking, discarding, queries, retrying

_ABOUT = """\
Events that a consumer could not apply.

Each waits with its cause; later events of its key wait behind it. All services are asked, or the one named with
`--service`. Discarding is for one event at a time: each discard loses one effect for good.
"""
_EXAMPLES = (
    "koppel parked causes               why events wait, how many for each",
    "koppel parked check --cause CODE   which would pass now; changes nothing",
    "koppel parked retry --cause CODE --only-passing --reason 'mended in 1.2'",
    "koppel parked retry ID             try one again",
    "koppel parked discard ID --dry-run --reason 'sent twice by the provider'",
)


def register(koppel: typer.Typer) -> None:
    parked = typer.Typer(cls=Listing, help=_ABOUT, epilog=examples(*_EXAMPLES, environment=True))
    koppel.add_typer(parked, name="parked", rich_help_panel=OPERATIONS)
    parked.command("list", epilog=examples("koppel parked list --cause handler_failed"))(queries.list_parked)
    parked.command("causes", epilog=examples("koppel parked causes --consumer sync-svc"))(queries.list_causes)
    parked.command("show", epilog=examples("koppel parked show ID"))(queries.show)
    parked.command("check", epilog=examples("koppel parked check --cause handler_failed"))(checking.check)
    parked.command("retry", epilog=examples("koppel parked retry ID", _EXAMPLES[2]))(retrying.retry)
    parked.command(
        "discard", epilog=examples(_EXAMPLES[4], "koppel parked discard ID --reason 'sent twice'")
    )(discarding.discard)
