"""`koppel parked check`: what would pass now."""

from koppel_cli.fan_out import ask_each, flat
from koppel_cli.operations import Json
from koppel_cli.options import AsJson, Consumer, EventType, Service
from koppel_cli.output import say, show_json, show_list
from koppel_cli.parked.choice import Cause, Choice, Ids, Kind, checked, chosen

_HEADINGS = ("ID", "OUTCOME", "FOLLOWERS PASSING", "HELD", "CAUSE", "THEN PARKED")


def check(
    ids: Ids = None,
    *,
    cause: Cause = None,
    kind: Kind = None,
    service: Service = None,
    consumer: Consumer = None,
    event_type: EventType = None,
    as_json: AsJson = False,
) -> int:
    """What would pass now; nothing is changed.

    Runs events through their handlers and rolls everything back. The exit code is 1 unless all pass.
    """
    asked = chosen(
        Choice(
            ids=ids or (), cause=cause, kind=kind, consumer=consumer, event_type=event_type, service=service
        )
    )
    answers = ask_each(asked.services, lambda each: list(checked(each, asked.of(each))))
    verdicts = flat(answers.by_service.values())
    if as_json:
        show_json(verdicts)
    elif verdicts:
        show_list(verdicts, _HEADINGS, _row, none="")
    else:
        say(f"nothing is parked at {answers.asked} for that")
    passed = all(verdict.get("outcome") == "passes" for verdict in verdicts)
    return max(answers.end(as_json=as_json), 0 if passed else 1)


def _row(verdict: Json) -> tuple[object, ...]:
    return (
        verdict["id"],
        verdict["outcome"],
        verdict["followers_passing"],
        verdict["followers_held"],
        _words(verdict["cause"]),
        _words(verdict["then_parked"]),
    )


def _words(cause: Json | None) -> str | None:
    return None if cause is None else f"{cause['class']} {cause['code']}: {cause['detail']}"
