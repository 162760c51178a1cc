"""What the services tell of one import: a connection, its candidates, what became of them."""

from typing import Any
from uuid import UUID, uuid5

from tests.component.console.outside import Outside

_SPACE = UUID("0198c0de-0000-7000-8000-000000000000")
CONNECTION = str(uuid5(_SPACE, "connection"))
SESSION = str(uuid5(_SPACE, "session"))
PLAN = str(uuid5(_SPACE, "plan"))
PATH = f"/v1/import-sessions/{SESSION}"
PROVIDER = {"id": "books", "name": "Books Online", "auth": "oauth2", "grant_covers": "many_administrations"}


def candidate(number: int, **changed: Any) -> dict[str, Any]:
    """One that can be imported; the package knows no KvK number."""
    usual: dict[str, Any] = {
        "id": str(uuid5(_SPACE, f"candidate {number}")),
        "grant_id": str(uuid5(_SPACE, "grant")),
        "external_id": f"{number}",
        "name": f"Bedrijf {number:03}",
        "kvk_number": None,
        "status": "active",
        "kind": "books",
        "seen_as": "known",
        "already_imported": False,
        "selected": False,
        "duplicates": [],
        "preflight": [],
        "profile": None,
        "sector": None,
        "registry": None,
        "errors": [],
    }
    return usual | changed


def session(state: str = "selecting", **changed: Any) -> dict[str, Any]:
    counts = {"grants": 1, "discovered": 0, "candidates": 3, "selected": 0}
    usual = {"id": SESSION, "connection_id": CONNECTION, "provider": "books", "state": state, "version": 7}
    return usual | {"counts": counts, "failure": None, "failures": []} | changed


def selecting(outside: Outside, *candidates: dict[str, Any]) -> None:
    """The session stands at selecting, with these candidates."""
    outside.says("GET", "import-svc", PATH, session())
    outside.lists("import-svc", f"{PATH}/candidates", *candidates, version=7)
    outside.lists("import-svc", "/v1/sectors", {"code": "C", "name": "Industrie"})


def imported(outside: Outside, *names: str) -> None:
    """The import is over."""
    rows = [
        {"id": str(uuid5(_SPACE, name)), "name": name, "kvk_number": "75904695", "sector": {"code": "C"}}
        for name in names
    ]
    outside.says("GET", "import-svc", PATH, session("imported"))
    outside.says("GET", "import-svc", f"{PATH}/summary", {"administrations": rows})


def plan(state: str = "planned", **changed: Any) -> dict[str, Any]:
    summary = {"administrations": 2, "changed": 2, "unchanged": 0}
    return {"id": PLAN, "state": state, "summary": summary, "changes": [], "results": None} | changed
