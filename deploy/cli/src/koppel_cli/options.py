"""Options that several commands have, under one name each."""

from typing import Annotated
from uuid import UUID

import typer

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")]
Service = Annotated[str | None, typer.Option("--service", metavar="NAME", help="Ask this service only.")]
Organisation = Annotated[
    UUID | None, typer.Option("--organisation", metavar="UUID", help="Of one accountancy office.")
]
Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="For the audit trail.")]
NeededReason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the audit trail.")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Watch it to its end.")]
Consumer = Annotated[str | None, typer.Option("--consumer", metavar="NAME", help="Parked by this consumer.")]
EventType = Annotated[
    str | None, typer.Option("--type", metavar="TYPE", help="E.g. nl.koppel.AdministrationImported.v1.")
]
