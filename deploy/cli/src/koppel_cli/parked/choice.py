"""Which parked events `koppel parked check` and `retry` are for: by id, or all of a cause."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

import typer

from koppel_cli.failure import CommandFailed
from koppel_cli.operations import Json, ServiceCalls, services
from koppel_cli.output import understood
from koppel_cli.parked.queries import find

Ids = Annotated[list[UUID] | None, typer.Argument(metavar="[ID]...", help="Which; or give --cause.")]
Cause = Annotated[str | None, typer.Option("--cause", metavar="CODE", help="All that wait for this cause.")]
Kind = Annotated[
    Literal["transient", "permanent", "malformed", "gap"] | None,
    typer.Option("--class", help="Of causes of this class."),
]
CHUNK = 200
"""Ids in one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was typed."""

    ids: Sequence[UUID]
    cause: str | None
    kind: str | None
    consumer: str | None
    event_type: str | None
    service: str | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom to ask, and for what."""

    services: list[ServiceCalls]
    _by_name: dict[str, Json]

    def of(self, service: ServiceCalls) -> Json:
        return self._by_name[service.name]


def chosen(choice: Choice) -> Chosen:
    """The body of the call to each service. Raises `CommandFailed` unless there are ids or a cause, and for an unknown id."""
    if bool(choice.cause) == bool(choice.ids):
        detail = "Say which events: their ids, or --cause CODE."
        raise CommandFailed("missing_argument", detail, hint="`koppel parked causes` lists the causes.")
    asked = services(choice.service or (choice.consumer if choice.cause else None))
    if choice.cause:
        narrowed = {"class": choice.kind, "code": choice.cause, "type": choice.event_type}
        given = {name: value for name, value in narrowed.items() if value is not None}
        causes = {each.name: {"consumer": choice.consumer or each.name, **given} for each in asked}
        return Chosen(asked, {name: {"cause": cause} for name, cause in causes.items()})
    ids: dict[str, list[str]] = {}
    for parked_id in dict.fromkeys(choice.ids):
        service, _ = find(asked, parked_id)
        ids.setdefault(service.name, []).append(str(parked_id))
    having = [each for each in asked if each.name in ids]
    return Chosen(having, {name: {"ids": found} for name, found in ids.items()})


def checked(service: ServiceCalls, body: Json) -> Iterator[Json]:
    """What would happen to each of them now, page by page."""
    cursor = None
    while True:
        page = service.post("/ops/v1/parked/check", {**body, "limit": CHUNK, "cursor": cursor})
        with understood():
            items, cursor = list(page["items"]), page["next_cursor"]
        yield from items
        if cursor is None:
            return
