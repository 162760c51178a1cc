"""`koppel import-sessions`: the wizard by which administrations come in."""

import typer

from koppel_cli.group import Listing
from koppel_cli.help import FOR_AN_ORGANISATION, examples
from koppel_cli.importing import candidates, sessions

_EXAMPLES = (
    "koppel import-sessions start CONNECTION      find what there is to import",
    "koppel import-sessions candidates ID         what was found",
    "koppel import-sessions select ID CANDIDATE CANDIDATE",
    "koppel import-sessions profiles ID --file profiles.json",
    "koppel import-sessions confirm ID            import what is selected",
)


def register(koppel: typer.Typer) -> None:
    group = typer.Typer(
        cls=Listing,
        help="Imports of administrations, from a login to the last screen.",
        epilog=examples(*_EXAMPLES, environment=True),
    )
    koppel.add_typer(group, name="import-sessions", rich_help_panel=FOR_AN_ORGANISATION)
    group.command("list", epilog=examples("koppel import-sessions list --state selecting"))(
        sessions.list_sessions
    )
    group.command("start", epilog=examples("koppel import-sessions start CONNECTION --follow"))(
        sessions.start
    )
    group.command("show", epilog=examples("koppel import-sessions show ID"))(sessions.show)
    group.command("candidates", epilog=examples("koppel import-sessions candidates ID --q jansen"))(
        candidates.list_candidates
    )
    group.command("select", epilog=examples(_EXAMPLES[2]))(candidates.select)
    group.command(
        "profiles", epilog=examples(_EXAMPLES[3], "koppel import-sessions profiles ID --file - <rows.json")
    )(candidates.profiles)
    group.command("confirm", epilog=examples("koppel import-sessions confirm ID"))(sessions.confirm)
    group.command("summary", epilog=examples("koppel import-sessions summary ID"))(sessions.summary)
