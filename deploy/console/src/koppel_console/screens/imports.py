"""+ Administraties importeren: discovery, and selecting what it found."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.form import Form, Posted
from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visit, Visitor, needed
from koppel_console.services.panel import Panel
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router)
_TITLE = Words("Administraties selecteren", "Select administrations")
_DISCOVERING = Words("Administraties zoeken", "Looking for administrations")
_ENDED = Words("Import gestopt", "Import ended")


@router.post("/imports")
async def start(visit: Visitor, form: Posted) -> Response:
    """Ask every login of a connection what it gives access to."""
    connection_id = form.text("connection_id", 60)
    outcome = await visit.calls.act(
        "POST", "import-svc", "/v1/import-sessions", {"connection_id": connection_id}, key=form.key()
    )
    if outcome.problem is not None:
        return visit.page(
            "not_there.html", _DISCOVERING, status=outcome.problem.page_status, problem=outcome.problem
        )
    return visit.go(f"/imports/{outcome.data.get('id')}")


@router.get("/imports/{session_id}")
async def session(visit: Visitor, session_id: UUID, q: str = "") -> Response:
    """Where the import is: an address that works tomorrow and in a second tab, too."""
    found = needed(await visit.calls.read("import-svc", f"/v1/import-sessions/{session_id}"))
    state = found.get("state")
    if state == "imported":
        return visit.go(f"/imports/{session_id}/assign")
    if state == "selecting":
        return await _select(visit, session_id, found, q)
    title = _DISCOVERING if state == "discovering" else _ENDED
    return visit.page(
        "import.html", title, command=f"koppel import-sessions show {session_id}", session=found
    )


@router.post("/imports/{session_id}/selection")
async def select(visit: Visitor, form: Posted, session_id: UUID) -> Response:
    """Store the selection: of the rows that were shown what is ticked, of all others what was selected before."""
    candidates = needed(await _candidates(visit, session_id))
    chosen = chosen_of(candidates, form)
    body = {"candidate_ids": chosen, "version": form.number("version")}
    path = f"/v1/import-sessions/{session_id}/selection"
    outcome = await visit.calls.act("PUT", "import-svc", path, body)
    if outcome.problem is not None:
        found = needed(await visit.calls.read("import-svc", f"/v1/import-sessions/{session_id}"))
        if found.get("state") != "selecting":
            return visit.go(f"/imports/{session_id}")
        return await _select(
            visit, session_id, found, form.text("q"), ticked=set(chosen), problem=outcome.problem
        )
    if form.text("act") == "go_on":
        return visit.go(f"/imports/{session_id}/profiles")
    q = form.text("q", 100)
    return visit.go(f"/imports/{session_id}" + (f"?{visit.query(q=q)}" if q else ""))


def chosen_of(candidates: Panel, form: Form) -> list[str]:
    """The whole selection, in the order of the list. Only what can be imported says that it was shown."""
    shown, ticked = set(form.texts("shown")), set(form.texts("selected"))
    every = form.text("act") == "all"
    return [
        each["id"]
        for each in candidates
        if (each["id"] in shown and (every or each["id"] in ticked))
        or (each["id"] not in shown and each.get("selected"))
    ]


def can_be_imported(candidate: dict[str, object]) -> bool:
    """As import-svc would take it."""
    usable = candidate.get("status") == "active" and candidate.get("kind") != "dossier"
    return usable and candidate.get("seen_as") != "gone" and not candidate.get("already_imported")


async def _select(
    visit: Visit,
    session_id: UUID,
    found: Panel,
    q: str,
    *,
    ticked: set[str] | None = None,
    problem: Problem | None = None,
) -> Response:
    candidates = await _candidates(visit, session_id)
    wanted = q.strip().casefold()
    shown = [each for each in candidates if wanted in _searched(each)]
    return visit.page(
        "import_select.html",
        _TITLE,
        status=200 if problem is None else problem.page_status,
        command=f"koppel import-sessions candidates {session_id}",
        session=found,
        candidates=candidates,
        shown=shown,
        ticked=ticked if ticked is not None else {each["id"] for each in candidates if each.get("selected")},
        can_be_imported=can_be_imported,
        q=q,
        problem=problem,
    )


def _searched(candidate: dict[str, object]) -> str:
    names = (candidate.get("name"), candidate.get("kvk_number"), candidate.get("external_id"))
    return " ".join(str(each) for each in names if each).casefold()


async def _candidates(visit: Visit, session_id: UUID) -> Panel:
    path = f"/v1/import-sessions/{session_id}/candidates"
    return await visit.calls.read_all("import-svc", path, sort="name")
