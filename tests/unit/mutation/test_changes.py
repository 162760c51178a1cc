import ast
from enum import Enum

import pytest
from tests.mutation.changes import Change, changes


class Side(Enum):
    LEFT = 1
    RIGHT = 2


def _of(source: str) -> list[Change]:
    return changes(ast.parse(source), {"Side": Side})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a): return a < 1", ["return a < 1 → return None", "a < 1 → a <= 1", "1 → 2"]),
        (
            "def f(a, b): return a or b",
            ["return a or b → return None", "a or b → a and b", "a or b → b", "a or b → a"],
        ),
        ("def f(a): a += 1", ["a += 1 → a -= 1", "1 → 2"]),
        ("def f(a): a.save()", ["a.save() → pass"]),
        ("def f(a):\n  if a: a = -a", ["a → not a", "-a → a"]),
        ("X = Side.LEFT", ["Side.LEFT → Side.RIGHT"]),
        ("X = 'text'", ["'text' → 'XXtext'"]),
        ("def f(a): return [b for b in a if b.good]", ["b.good → True"]),
    ],
)
def test_each_kind_of_mistake_is_made(source: str, expected: list[str]) -> None:
    found = [str(change) for change in _of(source)]
    assert [change for change in expected if change not in found] == []


@pytest.mark.parametrize(
    "source", ["'''Words.'''", "def f(a: 'int') -> 'int': ...", "X = 'a whole sentence'", "import a.b"]
)
def test_words_and_annotations_are_left_alone(source: str) -> None:
    assert _of(source) == []


def test_a_change_lands_in_its_tree_and_nowhere_else() -> None:
    tree = ast.parse("def f(a): return a == 1, a == 2")
    change = next(change for change in changes(tree, {}) if str(change) == "a == 2 → a != 2")
    change.install()
    assert ast.unparse(tree) == "def f(a):\n    return (a == 1, a != 2)"


def test_a_default_acts_when_the_module_is_imported() -> None:
    changed = {str(change): change.in_function for change in _of("def f(a=1): return a + 2")}
    assert (changed["1 → 2"], changed["2 → 3"]) == (False, True)
