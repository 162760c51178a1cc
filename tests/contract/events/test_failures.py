"""A failure's code has one meaning, whichever service names it."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_a_code_is_defined_in_one_place() -> None:
    """What two services name is in `koppel.contracts.failures`, so origin, type and who must act cannot differ."""
    places: dict[str, list[str]] = defaultdict(list)
    sources = [*(ROOT / "shared/src/koppel").rglob("*.py"), *(ROOT / "services").glob("*/src/**/*.py")]
    for path in sources:
        for code in _codes(ast.parse(path.read_text(encoding="utf-8"))):
            places[code].append(str(path.relative_to(ROOT)))
    assert len(places) > 20
    assert not {code: found for code, found in places.items() if len(found) > 1}


def _codes(tree: ast.Module) -> list[str]:
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"Failure", "FailureKind"}
    ]
    given = [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "code"] + [
        call.args[0] for call in calls if call.args
    ]
    return [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
