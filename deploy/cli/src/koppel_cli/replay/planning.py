"""`koppel replay plan`."""

import time
from typing import Annotated, Any, Literal
from uuid import UUID

import typer
from typer.core import TyperCommand

from koppel_cli.operations import ServiceCalls, services
from koppel_cli.options import AsJson, NeededReason, Organisation
from koppel_cli.output import say, understood
from koppel_cli.replay.render import show
from koppel_cli.replay.request import STREAM, Chosen, folded_streams, owner, request

_LOOK_EVERY = 1.0
_PATIENCE = 60.0


class PlanCommand(TyperCommand):
    """`--stream` takes a topic and a key, and perhaps versions: two or three words."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, folded_streams(args))


def plan(
    *,
    stream: Annotated[
        list[str] | None,
        typer.Option(
            STREAM,
            metavar="TOPIC KEY [VERSIONS]",
            help="One stream; versions like 3-7, 3- or -7. Repeatable.",
        ),
    ] = None,
    organisation: Organisation = None,
    administration: Annotated[list[UUID] | None, typer.Option(metavar="UUID", help="Repeatable.")] = None,
    event_type: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="E.g. nl.koppel.AdministrationImported.v1. Repeatable."),
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="E.g. 2026-11-25T08:00:00Z, included.")
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="TIME", help="Not included.")] = None,
    parked_only: Annotated[
        bool, typer.Option("--parked-only", help="Streams of which the target has an event parked.")
    ] = False,
    target: Annotated[list[str], typer.Option(metavar="NAME", help="A consumer, or all. Repeatable.")],
    mode: Annotated[
        Literal["repair", "rebuild", "snapshot"],
        typer.Option(
            help="repair: what is missing or parked; rebuild: again, from each stream's lowest version found, live "
            "events wait meanwhile; snapshot: the current state of administrations' records."
        ),
    ] = "repair",
    rate: Annotated[
        int | None, typer.Option(metavar="N", help="Events a second to each target; default 1000.")
    ] = None,
    reason: NeededReason,
    service: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who owns the events; needed unless a stream or type tells."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """What it would do: the targets say what they would do with these events.

    All conditions must hold; at least one is needed. The exit code is 0 when every target has reported.
    """
    chosen = Chosen(
        streams=stream or (),
        organisation=organisation,
        administrations=administration or (),
        types=event_type or (),
        from_=from_,
        to=to,
        parked_only=parked_only,
        targets=target,
        mode=mode,
        rate=rate,
        reason=reason,
    )
    [having] = services(service or owner(chosen))
    return _planned(having, chosen, as_json=as_json)


def _planned(service: ServiceCalls, chosen: Chosen, *, as_json: bool) -> int:
    replay = service.create("/ops/v1/replays", request(chosen))
    waited = 0.0
    with understood():
        while replay["state"] == "planning" and waited < _PATIENCE:
            say(f"waiting for the plan of {', '.join(replay['waiting_for'])}")
            time.sleep(_LOOK_EVERY)
            waited += _LOOK_EVERY
            replay = service.get(f"/ops/v1/replays/{replay['id']}")
        show(replay, as_json=as_json)
        if replay["state"] != "planned":
            return 1
        if not as_json:
            say(f"`koppel replay start {replay['id']} --follow` carries it out.")
        return 0
