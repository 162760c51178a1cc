"""`koppel replay list`, `status`, `start`, `pause`, `resume` and `cancel`."""

from typing import Annotated, Any
from uuid import UUID

import typer

from koppel_cli import fan_out
from koppel_cli.following import follow_until
from koppel_cli.operations import Json, ServiceCalls, services
from koppel_cli.options import AsJson, Follow, Service
from koppel_cli.output import show_json, show_list, understood
from koppel_cli.replay.render import progress, show
from koppel_cli.wording import since

_GOING = ("planning", "running", "cancelling")
_HEADINGS = ("ID", "SERVICE", "MODE", "STATE", "DONE", "MADE", "TARGETS", "REASON")
_Id = Annotated[UUID, typer.Argument(metavar="ID")]
_Reason = Annotated[
    str | None,
    typer.Option("--reason", metavar="TEXT", help="For the audit trail; default: the replay's own."),
]


def start(
    replay: _Id,
    *,
    reason: _Reason = None,
    follow: Follow = False,
    service: Service = None,
    as_json: AsJson = False,
) -> int:
    """Carry a plan out. The exit code is 1 unless the result is the plan."""
    return _act("start", replay, reason, service, follow=follow, as_json=as_json)


def pause(replay: _Id, *, reason: _Reason = None, service: Service = None, as_json: AsJson = False) -> int:
    """Send nothing for now."""
    return _act("pause", replay, reason, service, follow=False, as_json=as_json)


def resume(
    replay: _Id,
    *,
    reason: _Reason = None,
    follow: Follow = False,
    service: Service = None,
    as_json: AsJson = False,
) -> int:
    """Go on after a pause."""
    return _act("resume", replay, reason, service, follow=follow, as_json=as_json)


def cancel(replay: _Id, *, reason: _Reason = None, service: Service = None, as_json: AsJson = False) -> int:
    """Send nothing more; what was applied stays."""
    return _act("cancel", replay, reason, service, follow=False, as_json=as_json)


def status(replay: _Id, *, follow: Follow = False, service: Service = None, as_json: AsJson = False) -> int:
    """One replay: its plan, how far it is, and what came of it."""
    having, found = find(services(service), replay)
    return _end(having, found, follow=follow, as_json=as_json)


def list_replays(
    *,
    service: Service = None,
    state: Annotated[str | None, typer.Option(metavar="STATE", help="E.g. running.")] = None,
    limit: Annotated[int, typer.Option(metavar="N", help="Of each service.")] = 20,
    as_json: AsJson = False,
) -> int:
    """The newest ones, gap repairs included."""
    answers = fan_out.ask_each(services(service), lambda asked: _newest(asked, state, limit))
    found = fan_out.flat(answers.by_service.values())
    found.sort(key=lambda item: str(item.get("created_at")), reverse=True)
    if as_json:
        show_json(found)
    else:
        which = f" in state {state}" if state else ""
        show_list(found, _HEADINGS, _row, none=f"no replays{which} at {answers.asked}")
    return fan_out.end_list(answers, service=service, as_json=as_json)


def find(asked: list[ServiceCalls], replay_id: UUID) -> tuple[ServiceCalls, Json]:
    """The service that has it, and the replay. Raises `CommandFailed` when none has."""
    return fan_out.find(
        asked,
        f"/ops/v1/replays/{replay_id}",
        what=f"replay {replay_id}",
        code="replay_not_found",
        hint="`koppel replay list` shows those there are.",
    )


def _row(item: Json) -> tuple[object, ...]:
    return (
        item["id"],
        item["service"],
        item["mode"],
        item["state"],
        f"{item['progress']['done']}/{item['progress']['total']}",
        since(item["created_at"]),
        ", ".join(item["target"]),
        item["reason"],
    )


def _newest(service: ServiceCalls, state: str | None, limit: int) -> list[Json]:
    page: dict[str, Any] = service.get("/ops/v1/replays", {"state": state, "limit": limit})
    with understood():
        return [{"service": service.name, **item} for item in page["items"]]


def _act(
    act: str, replay: UUID, reason: str | None, service: str | None, *, follow: bool, as_json: bool
) -> int:
    having, _ = find(services(service), replay)
    body = {} if reason is None else {"reason": reason}
    return _end(having, having.post(f"/ops/v1/replays/{replay}/{act}", body), follow=follow, as_json=as_json)


def _end(service: ServiceCalls, replay: Json, *, follow: bool, as_json: bool) -> int:
    """Exit code 1 for a replay that did not do what its plan said."""
    if follow:
        replay = follow_until(
            lambda: service.get(f"/ops/v1/replays/{replay['id']}"),
            progress,
            going=lambda it: it["state"] in _GOING,
        )
    with understood():
        show(replay, as_json=as_json)
        return 1 if replay["state"] == "stale" or replay["differences"] else 0
