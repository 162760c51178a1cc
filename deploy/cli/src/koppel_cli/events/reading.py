"""What services logged, asked page by page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain

from koppel_cli.fan_out import Answers, ask_each
from koppel_cli.operations import Json, Query, Refused, ServiceCalls
from koppel_cli.output import understood
from koppel_cli.wording import listed

_OPERATORS, _OWN = "/ops/v1/events", "/v1/events"
_PAGE = 200
CONNECTIONS = "connection-svc"


@dataclass(frozen=True, slots=True)
class Logged:
    """Events of one service, oldest first; it keeps all since `begins_at`. `more`: there are more than were asked for."""

    items: list[Json]
    begins_at: str
    more: bool = False


def read_events(service: ServiceCalls, query: Query, limit: int) -> Logged:
    """Up to `limit` of what the service logged and `query` finds. Raises `CommandFailed`."""
    return _read(service, _OPERATORS, query, limit)


def read_timeline(
    services: Sequence[ServiceCalls], administration: str, query: Query, limit: int
) -> Answers[Logged]:
    """What each service logged of the administration, and connection-svc of the connections that it was imported by.

    As an operator, else as one of the office's people. Records that one cause told of are one item.
    """
    about = {**query, "administration_id": administration, "folded": "true"}
    answers = ask_each(services, lambda service: _read_allowed(service, about, limit))
    connections = connections_of(chain.from_iterable(each.items for each in answers.by_service.values()))
    asked = [
        service for service in services if service.name == CONNECTIONS and service.name in answers.by_service
    ]
    if not (connections and asked):
        return answers
    own = {name: value for name, value in about.items() if name != "administration_id"}
    return _with(
        answers,
        ask_each(
            asked,
            lambda service: _joined(
                [_read_allowed(service, {**own, "connection_id": each}, limit) for each in connections]
            ),
        ),
    )


def connections_of(items: Iterable[Json]) -> list[str]:
    """Ids of the connections that events name, each once, in the order of the events."""
    with understood():
        named = (item["ids"].get(name) for item in items for name in ("connection_id", "to_connection_id"))
        return list(dict.fromkeys(each for each in named if each))


def beginnings(logged: dict[str, Logged]) -> str:
    """Since when the services keep what they logged, in one line."""
    by_day: dict[str, list[str]] = {}
    for name, each in logged.items():
        by_day.setdefault(each.begins_at, []).append(name)
    told = [f"{listed(names)} since {day}" for day, names in sorted(by_day.items())]
    return f"what was before is not kept: {'; '.join(told)}"


def _read_allowed(service: ServiceCalls, query: Query, limit: int) -> Logged:
    try:
        return _read(service, _OPERATORS, query, limit)
    except Refused as refused:
        if refused.status != HTTPStatus.FORBIDDEN:
            raise
        return _read(service, _OWN, query, limit)


def _read(service: ServiceCalls, path: str, query: Query, limit: int) -> Logged:
    items: list[Json] = []
    cursor: str | None = None
    while True:
        page = service.get(path, {**query, "cursor": cursor, "limit": min(_PAGE, limit)})
        with understood():
            items += page["items"]
            cursor, begins_at = page["next_cursor"], str(page["log_begins_at"])
        if cursor is None or len(items) >= limit:
            return Logged(items[:limit], begins_at, more=cursor is not None or len(items) > limit)


def _joined(parts: Sequence[Logged]) -> Logged:
    items = [item for part in parts for item in part.items]
    with understood():
        items.sort(key=lambda item: (str(item["at"]), item["key"], item["version"]))
    return Logged(items, parts[0].begins_at, more=any(part.more for part in parts))


def _with(answers: Answers[Logged], further: Answers[Logged]) -> Answers[Logged]:
    return Answers({**answers.by_service, **further.by_service}, {**answers.failures, **further.failures})
