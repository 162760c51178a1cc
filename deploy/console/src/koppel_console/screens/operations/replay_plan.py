"""A new replay: which events, to whom and how; the plan that comes of it changes nothing."""

from datetime import tzinfo
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.command_line import line
from koppel_console.pages.field_codes import wrong_with
from koppel_console.pages.form import Form, Posted
from koppel_console.pages.formats import in_utc, typed_instant
from koppel_console.pages.screen import Part, Screen
from koppel_console.pages.visit import Visit
from koppel_console.screens.operations.operator import SERVICES, Operator
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router, part=Part.OPERATORS)
_TITLE = Words("Nieuwe replay", "New replay")
MODES: dict[str, Words] = {
    "repair": Words("herstellen: wat ontbreekt of geparkeerd is", "repair: what is missing or parked"),
    "rebuild": Words(
        "herbouwen: opnieuw, vanaf de laagste versie", "rebuild: again, from the lowest version"
    ),
    "snapshot": Words("snapshot: de huidige stand van records", "snapshot: the current state of records"),
}
_FIELDS = (
    "service", "mode", "administrations", "organisation", "types", "topic", "stream_key", "from_version", "to_version",
    "from", "to", "parked_only", "targets", "rate", "reason",
)  # fmt: skip


@router.get("/ops/replays/new")
async def new(visit: Operator) -> Response:
    """The form; what the address says stands in it."""
    query = visit.request.query_params
    given = Form({name: [query[name][:2000]] for name in _FIELDS if name in query})
    return await _page(visit, given)


@router.post("/ops/replays")
async def plan(visit: Operator, form: Posted) -> Response:
    """Plan it; the plan has an address of its own."""
    service = form.text("service", 40)
    if service not in SERVICES:
        return await _page(visit, form, wrong={"service": Words("Kies een dienst.", "Choose a service.")})
    body, wrong = request_of(form, visit.zone)
    if wrong:
        return await _page(visit, form, wrong=wrong)
    outcome = await visit.calls.act("POST", service, "/ops/v1/replays", body, key=form.key())
    if outcome.problem is not None:
        return await _page(visit, form, outcome.problem)
    return visit.go(f"/ops/replays/{service}/{outcome.data.get('id')}")


def request_of(form: Form, zone: tzinfo) -> tuple[dict[str, Any], dict[str, Words]]:
    """The body of the call, and what is wrong with a field that only a person can read: times and numbers."""
    wrong: dict[str, Words] = {}
    conditions: dict[str, Any] = {
        "organisation_id": form.text("organisation", 60),
        "administration_ids": form.text("administrations", 400_000).replace(",", " ").split(),
        "types": [_whole(each) for each in form.text("types", 5000).replace(",", " ").split()],
        "streams": _stream(form, wrong),
        "parked_only": bool(form.text("parked_only", 4)),
    }
    for name in ("from", "to"):
        conditions[name] = _instant(form, name, zone, wrong)
    targets = [each for word in form.texts("targets") for each in word.replace(",", " ").split()]
    body: dict[str, Any] = {
        "filter": {name: value for name, value in conditions.items() if value},
        "target": "all" if "all" in targets or not targets else targets,
        "mode": form.text("mode", 20) or "repair",
        "reason": form.text("reason"),
    }
    if rate := _number(form, "rate", wrong):
        body["rate"] = rate
    return body, wrong


def _stream(form: Form, wrong: dict[str, Words]) -> list[dict[str, Any]]:
    stream: dict[str, Any] = {"topic": form.text("topic"), "key": form.text("stream_key", 1000)}
    for name in ("from_version", "to_version"):
        if version := _number(form, name, wrong):
            stream[name] = version
    return [stream] if any(stream.values()) else []


def _number(form: Form, name: str, wrong: dict[str, Words]) -> int | None:
    text = form.text(name, 20)
    if text and not (text.isascii() and text.isdecimal() and int(text)):
        wrong[name] = Words("Vul een getal vanaf 1 in.", "Fill in a number from 1 on.")
        return None
    return int(text) if text else None


def _instant(form: Form, name: str, zone: tzinfo, wrong: dict[str, Words]) -> str | None:
    """A time by the viewer's clock, as a field for times sends it, or with its own zone."""
    text = form.text(name, 40)
    if not text:
        return None
    at = typed_instant(text, zone)
    if at is None:
        wrong[name] = Words(
            "Dit is geen tijd, zoals 2026-11-29T14:00.", "This is no time like 2026-11-29T14:00."
        )
        return None
    return in_utc(at)


def _whole(name: str) -> str:
    """`AdministrationImported` is `nl.koppel.AdministrationImported.v1`."""
    return name if "." in name else f"nl.koppel.{name}.v1"


def command_of(form: Form, body: dict[str, Any]) -> str:
    """The line that plans the same; empty without a condition, for then there is nothing to plan."""
    asked = body["filter"]
    if not asked:
        return ""
    streams = [
        f" --stream {line('', each['topic'], each['key']).partition('  ')[2]}{_versions(each)}"
        for each in asked.get("streams", [])
    ]
    target = body["target"]
    return line(
        "replay plan",
        organisation=asked.get("organisation_id"),
        administration=asked.get("administration_ids"),
        type=asked.get("types"),
        from_=asked.get("from"),
        to=asked.get("to"),
        parked_only=asked.get("parked_only"),
        target=target if isinstance(target, list) else [target],
        mode=body["mode"],
        rate=body.get("rate"),
        service=form.text("service", 40),
        reason=body["reason"] or "…",
    ) + "".join(streams)


def _versions(stream: dict[str, Any]) -> str:
    first, last = stream.get("from_version"), stream.get("to_version")
    return f" {first or ''}-{last or ''}" if first or last else ""


async def _page(
    visit: Visit, form: Form, problem: Problem | None = None, wrong: dict[str, Words] | None = None
) -> Response:
    rights = visit.session.rights if visit.session else ()
    body, unreadable = request_of(form, visit.zone)
    at_fields = {name: visit.said(words) for name, words in ({**unreadable, **(wrong or {})}).items()}
    for each in problem.errors if problem else ():
        at_fields.setdefault(_field_of(each.pointer), wrong_with(each, visit.language))
    return visit.page(
        "operations/replay_plan.html",
        _TITLE,
        status=200 if problem is None else problem.page_status,
        command=command_of(form, body) if body["filter"] else "",
        given=form,
        wrong=at_fields,
        problem=problem,
        modes=MODES,
        services=SERVICES,
        may_plan="preview" in rights or "replay" in rights,
    )


def _field_of(pointer: str) -> str:
    """The form's field of a place in the body."""
    names = {
        "administration_ids": "administrations", "organisation_id": "organisation", "target": "targets",
        "streams": "topic",
    }  # fmt: skip
    parts = [each for each in pointer.split("/") if each and each != "filter"]
    return names.get(parts[0], parts[0]) if parts else ""
