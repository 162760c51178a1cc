"""The profile of an administration, as typed: a KvK number or why there is none, and a sector."""

from typing import Annotated, Literal

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.operations import Json

SBI_VERSION = "2025"
KvkNumber = Annotated[str | None, typer.Option("--kvk-number", metavar="NUMBER", help="8 digits.")]
NoKvkReason = Annotated[
    Literal["no_company", "test_or_demo"] | None,
    typer.Option("--no-kvk-reason", help="Why there is no number."),
]
Sector = Annotated[
    str | None, typer.Option(metavar="CODE", help="As `koppel sectors` names it; needed without a number.")
]


def profile(*, kvk_number: str | None, no_kvk_reason: str | None, sector: str | None) -> Json:
    """The fields that were typed. Raises `CommandFailed` for none."""
    chosen: Json = {"kvk_number": kvk_number, "no_kvk_reason": no_kvk_reason}
    if sector is not None:
        chosen["sector"] = {"sbi_version": SBI_VERSION, "code": sector.upper()}
    body = {name: value for name, value in chosen.items() if value is not None}
    if not body:
        detail = "A profile is a KvK number or why there is none, and a sector."
        raise CommandFailed("missing_argument", detail, hint="Add --kvk-number, --no-kvk-reason or --sector.")
    return body
