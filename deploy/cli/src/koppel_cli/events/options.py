"""Options that the commands about events share."""

from typing import Annotated

import typer

From = Annotated[
    str | None,
    typer.Option("--from", metavar="INSTANT", help="What happened then or later: 2026-11-29T08:00:00Z."),
]
To = Annotated[str | None, typer.Option("--to", metavar="INSTANT", help="What happened before.")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="How many of each service.")]
