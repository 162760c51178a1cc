"""Lists of an office, and the same across offices for an operator: what is asked, and which columns are shown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

from koppel_cli.credentials import operator_token, person_token
from koppel_cli.failure import CommandFailed
from koppel_cli.operations import Json, Query, services
from koppel_cli.output import say, show_fields, show_json, show_list, understood
from koppel_cli.wording import since

ALL = "all"
Columns = Mapping[str, "str | Callable[[Json], object]"]
"""By heading: a field's name, `health.status` for one inside another, or what makes the cell of an item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationList:
    """`GET /v1/<name>` for one's own office; where it is `across`, `GET /ops/v1/<name>` for that of others too.

    `own_filters` and `across_filters` are the query parameters that each knows; a filter that it does not know would
    be left out silently.
    """

    service: str
    name: str
    columns: Columns
    none: str
    own_filters: frozenset[str] = frozenset()
    across_filters: frozenset[str] | None = None


def show_organisation_list(
    listed: OrganisationList,
    query: Query,
    *,
    organisation: str | None = None,
    limit: int | None = None,
    only: Callable[[Json], bool] | None = None,
    as_json: bool,
) -> int:
    """Ask and print, of the items those that `only` takes. Raises `CommandFailed` for a filter that the call does not know."""
    given = {name: value for name, value in query.items() if value is not None}
    token = person_token() if organisation is None else operator_token()
    path, further = _place(listed, organisation)
    _refuse_unknown(listed, given, own=organisation is None)
    [service] = services(listed.service, token=token)
    items = filter(only, service.items(path, {**given, **further}))
    found = list(items if limit is None else islice(items, limit + 1))
    more = limit is not None and len(found) > limit
    show_items(found[:limit], _columns(listed, organisation), none=listed.none, as_json=as_json)
    if more:
        say(f"the first {limit}; there are more: --limit N shows as many")
    return 0


def one_of(
    listed: OrganisationList, organisation: str, query: Query, wanted: tuple[str, str], *, what: str
) -> Json:
    """The first of the list that has `wanted`, a field and its value, as an operator reads it; `query` narrows it.

    Raises `CommandFailed` where there is none.
    """
    path, further = _place(listed, organisation)
    [service] = services(listed.service, token=operator_token())
    field, value = wanted
    for item in service.items(path, {**query, **further}):
        if item[field] == value:
            return item
    detail = f"There is no {what} {value} of such an office at {listed.service}."
    raise CommandFailed(
        "nothing_found", detail, hint="`koppel find ID` says what an id is, and of which office."
    )


def show_items(found: Sequence[Json], columns: Columns, *, none: str, as_json: bool) -> None:
    """One service's items as `{"items": […]}`, or a row each."""
    if as_json:
        show_json({"items": found})
    else:
        show_list(
            found, tuple(columns), lambda item: [cell(item, how) for how in columns.values()], none=none
        )


def show_one(found: Json, columns: Columns, *, as_json: bool) -> int:
    """One thing: its answer as JSON, or a line for each of `columns`."""
    if as_json:
        show_json(found)
    else:
        with understood():
            show_fields([(name.lower(), cell(found, how)) for name, how in columns.items()])
    return 0


def cell(item: Json, how: "str | Callable[[Json], object]") -> object:
    """The value of a column; an instant is told from now on."""
    if not isinstance(how, str):
        return how(item)
    value: object = item
    for name in how.split("."):
        if value is None:
            return None
        if not isinstance(value, dict):
            raise TypeError(f"{how} of {type(value).__name__}")
        value = value[name]
    if isinstance(value, str) and how.endswith(("_at", "since", "act_by")):
        return since(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _columns(listed: OrganisationList, organisation: str | None) -> Columns:
    return {**listed.columns, "ORGANISATION": "organisation_id"} if organisation == ALL else listed.columns


def _place(listed: OrganisationList, organisation: str | None) -> tuple[str, dict[str, str]]:
    if organisation is None:
        return f"/v1/{listed.name}", {}
    if organisation == ALL:
        return f"/ops/v1/{listed.name}", {}
    try:
        return f"/ops/v1/{listed.name}", {"organisation_id": str(UUID(organisation))}
    except ValueError:
        detail = f"{organisation} is no organisation's id."
        hint = "Give a UUID, or all; `koppel organisations --q NAME` finds it."
        raise CommandFailed("wrong_arguments", detail, hint=hint) from None


def _refuse_unknown(listed: OrganisationList, given: Mapping[str, object], *, own: bool) -> None:
    known = listed.own_filters if own else listed.across_filters or frozenset()
    if unknown := sorted(set(given) - known):
        where = "Without --organisation" if own else "With --organisation"
        detail = f"{where} the list cannot be narrowed by {', '.join(unknown)}."
        hint = "Add --organisation all, or leave it out." if own else "Leave it out."
        raise CommandFailed("wrong_arguments", detail, hint=hint)
