"""KvK-nummer, reden and sector of what was selected: a row each, a pasted column, errors a row without losing the others."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from koppel_console.pages.form import Posted
from koppel_console.pages.pasted_column import pasted
from koppel_console.pages.profile_rows import Row, changed, refusals, rows_of
from koppel_console.pages.screen import Screen
from koppel_console.pages.visit import Visit, Visitor, needed
from koppel_console.services.problem import Problem
from koppel_console.words import Words

router = APIRouter(include_in_schema=False)
SCREEN = Screen(router)
_TITLE = Words("KvK-nummer en sector", "KvK number and sector")
SBI = "2025"


@router.get("/imports/{session_id}/profiles")
async def profiles(visit: Visitor, session_id: UUID) -> Response:
    """The rows as they are stored, with what the package and the trade register know."""
    return await _page(visit, session_id, rows_of(await _selected(visit, session_id)))


@router.post("/imports/{session_id}/profiles")
async def store(visit: Visitor, form: Posted, session_id: UUID) -> Response:
    """Store the good rows and say what is wrong with the others; then import, where that was asked for."""
    rows = rows_of(await _selected(visit, session_id), form)
    column = pasted(rows, form.whole("pasted"))
    to_store = [row for row in column.rows if changed(row)]
    path, errors, version = f"/v1/import-sessions/{session_id}", {}, form.number("version")
    if to_store:
        body = {"items": [row.stored(SBI) for row in to_store], "partial": True, "version": version}
        outcome = await visit.calls.act("PUT", "import-svc", f"{path}/profiles", body)
        if outcome.problem is not None:
            return await _page(visit, session_id, column.rows, left=column.left, problem=outcome.problem)
        errors = refusals(to_store, outcome.data.get("errors"))
        version = outcome.data.get("version")
    if errors or column.left or form.text("act") != "import":
        kept = {row.id: row for row in column.rows if row.id in errors}
        fresh = rows_of(await _selected(visit, session_id))
        shown = [kept.get(row.id, row) for row in fresh]
        return await _page(visit, session_id, shown, errors, left=column.left)
    return await _import(visit, session_id, version)


async def _import(visit: Visit, session_id: UUID, version: object) -> Response:
    """Import the selection. It needs no key: a session that is imported answers what it imported."""
    path = f"/v1/import-sessions/{session_id}/confirm"
    confirmed = await visit.calls.act("POST", "import-svc", path, {"version": version})
    if confirmed.problem is None:
        return visit.go(f"/imports/{session_id}/assign")
    fresh = rows_of(await _selected(visit, session_id))
    return await _page(visit, session_id, fresh, problem=confirmed.problem, missing=True)


async def _page(
    visit: Visit,
    session_id: UUID,
    rows: list[Row],
    errors: dict[str, list[str]] | None = None,
    *,
    left: Sequence[str] = (),
    problem: Problem | None = None,
    missing: bool = False,
) -> Response:
    """`missing`: the import was refused, so what each row lacks is an error now. `left`: lines that found no row."""
    found = needed(await visit.calls.read("import-svc", f"/v1/import-sessions/{session_id}"))
    if found.get("state") != "selecting":
        return visit.go(f"/imports/{session_id}")
    sectors = await visit.calls.read("import-svc", "/v1/sectors", sbi_version=SBI)
    wrong = dict(errors or {})
    if missing:
        wrong |= {row.id: row.lacks for row in rows if row.lacks}
    status = 200 if wrong or problem is None else problem.page_status
    return visit.page(
        "import_profiles.html",
        _TITLE,
        status=status,
        command=f"koppel import-sessions candidates {session_id}",
        session=found,
        rows=rows,
        sectors=sectors,
        sector_names={each.get("code"): each.get("name") for each in sectors},
        wrong=wrong,
        left=left,
        problem=problem if not wrong else None,
    )


async def _selected(visit: Visit, session_id: UUID) -> list[dict[str, object]]:
    path = f"/v1/import-sessions/{session_id}/candidates"
    candidates = needed(await visit.calls.read_all("import-svc", path, sort="name"))
    return [each for each in candidates if each.get("selected")]
