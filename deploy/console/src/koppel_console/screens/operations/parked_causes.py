"""Geparkeerd: why events wait, run dry before they are tried again."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.form import Form, Posted
from koppel_console.pages.screen import Part, Screen
from koppel_console.pages.visit import Visit
from koppel_console.screens.operations.dry_run import DryRun, dry_run, seen_in
from koppel_console.screens.operations.operator import Operator, Service, of_each
from koppel_console.screens.operations.overview import with_service
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)
_TITLE = Words("Geparkeerd", "Parked")
LADDER = (1, 10, 100)
_MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause, as the address of its page has it."""

    service: Service
    consumer: Annotated[str, Query(max_length=200)]
    code: Annotated[str, Query(max_length=200)]
    kind: Annotated[str, Query(max_length=20)] = ""
    type: Annotated[str, Query(max_length=200)] = ""

    @property
    def choice(self) -> dict[str, str]:
        """As the service takes it."""
        given = {"consumer": self.consumer, "code": self.code, "class": self.kind, "type": self.type}
        return {name: value for name, value in given.items() if value}

    @property
    def address(self) -> dict[str, str]:
        """The query of its page."""
        return {
            "service": self.service,
            "consumer": self.consumer,
            "code": self.code,
            "kind": self.kind,
            "type": self.type,
        }

    def line(self, act: str, **options: object) -> str:
        """The `koppel` line that does this with all of the cause."""
        kind = "" if act == "list" else self.kind
        named = {"cause": self.code, "class": kind, "consumer": self.consumer, "type": self.type}
        return line(f"parked {act}", **named, service=self.service, **options)


OfCause = Annotated[Cause, Depends()]


@router.get("/ops/causes")
async def causes(visit: Operator) -> Response:
    """Why events wait, at every service."""
    panels = await of_each(visit, "/ops/v1/parked-causes", limit=200)
    rows = sorted(with_service(panels), key=lambda row: -int(row.get("events") or 0))
    return visit.page(
        "operations/causes.html", _TITLE, command="koppel parked causes", panels=panels, rows=rows
    )


@router.get("/ops/cause")
async def cause(visit: Operator, of: OfCause, cursor: str = "") -> Response:
    """The events of one cause, and what can be done about them."""
    return await _page(visit, of, cursor=cursor)


@router.post("/ops/cause/dry-run")
async def try_out(visit: Operator, form: Posted, of: OfCause) -> Response:
    """What would pass now; nothing is changed."""
    del form
    found, problem = await dry_run(visit, of.service, {"cause": of.choice})
    return await _page(visit, of, found, problem)


@router.post("/ops/cause/retry")
async def retry(visit: Operator, form: Posted, of: OfCause) -> Response:
    """Try them again, as one act with a page of its own."""
    found = seen_in(form)
    which: dict[str, Any] = {"cause": of.choice}
    if form.text("which") == "passing":
        which = {"ids": [str(each) for each in found.passing[:_MOST_AT_ONCE]]}
    outcome = await visit.calls.act(
        "POST", of.service, "/ops/v1/parked/retry", {**which, **how(form)}, key=form.key()
    )
    if outcome.problem is not None:
        return await _page(visit, of, found, outcome.problem, form)
    return visit.go(f"/ops/releases/{of.service}/{release_of(outcome.data)}")


def how(form: Form) -> dict[str, Any]:
    """Why, and how carefully: the ladder stops when a step parks again."""
    told: dict[str, Any] = {"reason": form.text("reason")}
    if form.text("pace") != "all":
        told["ladder"] = list(LADDER)
    for name in ("limit", "rate"):
        text = form.text(name, 10)
        if text.isascii() and text.isdecimal():
            told[name] = int(text)
    return told


def release_of(data: Any) -> UUID:
    """Of the answer to a retry; the nil id of one that does not tell."""
    try:
        return UUID(str(data.get("release_id")))
    except (ValueError, AttributeError):
        return UUID(int=0)


async def _page(
    visit: Visit,
    of: Cause,
    found: DryRun | None = None,
    problem: Problem | None = None,
    form: Form | None = None,
    *,
    cursor: str = "",
) -> Response:
    events = await visit.calls.read(
        of.service,
        "/ops/v1/parked",
        consumer=of.consumer,
        cause=of.code,
        type=of.type,
        cursor=cursor,
        limit=50,
    )
    return visit.page(
        "operations/cause.html",
        visit.said(Words("Geparkeerd: {code}", "Parked: {code}"), code=of.code),
        status=200 if problem is None else problem.page_status,
        command=of.line("check" if found else "list"),
        retry_line=of.line(
            "retry",
            only_passing=bool(found and found.passes),
            ladder=",".join(map(str, LADDER)),
            reason=(form.text("reason") if form else "") or "…",
        ),
        of=of,
        events=events,
        found=found,
        problem=problem,
        given=form,
        ladder=LADDER,
    )
