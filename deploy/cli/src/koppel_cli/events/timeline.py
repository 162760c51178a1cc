"""`koppel timeline`."""

from typing import Annotated
from uuid import UUID

import typer

from koppel_cli.events.options import From, Limit, To
from koppel_cli.events.reading import Logged, beginnings, read_timeline
from koppel_cli.events.story import Moment, tell
from koppel_cli.failure import CommandFailed
from koppel_cli.fan_out import Answers, end_list
from koppel_cli.operations import services
from koppel_cli.options import AsJson
from koppel_cli.output import say, show_json, show_table, understood
from koppel_cli.wording import clock

_HEADINGS = ("AT (UTC)", "EVENT", "BECAUSE OF")


def timeline(
    administration: Annotated[UUID, typer.Argument(metavar="ADMINISTRATION", help="Its id.")],
    *,
    from_: From = None,
    to: To = None,
    limit: Limit = 1000,
    as_json: AsJson = False,
) -> int:
    """What happened to an administration and why, from its connection's login to its last record.

    Events of all services in the order of cause and effect; records that one cause told of are one line.
    """
    query = {"from": from_, "to": to}
    answers = read_timeline(services(), str(administration), query, limit)
    with understood():
        told = tell({name: each.items for name, each in answers.by_service.items()})
    if not told:
        hint = f"{beginnings(answers.by_service)}. `koppel find ID` says what an id is."
        missing = answers.missing(f"event of administration {administration}")
        raise CommandFailed("nothing_logged", missing, hint=hint)
    if as_json:
        show_json(_document(administration, told, answers))
    else:
        show_table(_HEADINGS, [_row(each) for each in told])
        say(beginnings(answers.by_service))
    for name in (name for name, each in answers.by_service.items() if each.more):
        say(f"the first {limit} of {name}; there are more: --limit N shows as many, --from and --to narrow")
    return end_list(answers, service=None, as_json=as_json)


def _document(administration: UUID, told: list[Moment], answers: Answers[Logged]) -> dict[str, object]:
    return {
        "administration_id": str(administration),
        "events": [each.as_json() for each in told],
        "log_begins_at": {name: each.begins_at for name, each in answers.by_service.items()},
        "no_answer": list(answers.failures),
    }


def _row(moment: Moment) -> tuple[object, ...]:
    return clock(moment.at), moment.title, moment.cause
