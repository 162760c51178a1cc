"""Options and arguments that several commands have, under one name each."""

from typing import Annotated
from uuid import UUID

import typer

from koppel_cli.instants import instant

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]
Service = Annotated[str | None, typer.Option("--service", metavar="NAME", help="Ask this service only.")]
Organisation = Annotated[
    UUID | None, typer.Option("--organisation", metavar="UUID", help="Of one accountancy office.")
]
NeededReason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the audit trail.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Watch it to its end.")]
Consumer = Annotated[str | None, typer.Option("--consumer", metavar="NAME", help="Parked by this consumer.")]
EventType = Annotated[
    str | None, typer.Option("--type", metavar="TYPE", help="E.g. nl.koppel.AdministrationImported.v1.")
]
Across = Annotated[
    str | None,
    typer.Option(
        "--organisation",
        metavar="UUID|all",
        help="Of that office, or of all, as an operator; else of KOPPEL_TOKEN's.",
    ),
]
Search = Annotated[str | None, typer.Option("--q", metavar="TEXT", help="Those with this in a name.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many at most.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="TIME",
        callback=instant,
        help="From then on: today, 2h, 3d or 2026-11-25T08:00:00Z.",
    ),
]
Administration = Annotated[UUID, typer.Argument(metavar="ADMINISTRATION", help="Its id.")]
