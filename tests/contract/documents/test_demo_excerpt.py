"""The README's excerpt of the demonstration shows the steps that the demonstration takes, in their order."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "deploy/local/src/koppel_local/demo"


def _titles() -> dict[str, str]:
    """The title of each step, by the function that is the step."""
    return {
        function.name: decorator.args[0].value
        for path in sorted((DEMO / "steps").glob("*.py"))
        for function in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(function, ast.FunctionDef)
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id == "step"
        and isinstance(decorator.args[0], ast.Constant)
        and isinstance(decorator.args[0].value, str)
    }


def _played() -> list[str]:
    """The titles in the order in which the steps are taken."""
    titles = _titles()
    whole = ast.parse((DEMO / "play.py").read_text(encoding="utf-8"))
    play = next(each for each in whole.body if isinstance(each, ast.FunctionDef) and each.name == "_play")
    calls = [each.func for each in ast.walk(play) if isinstance(each, ast.Call)]
    steps = [each for each in calls if isinstance(each, ast.Attribute) and each.attr in titles]
    return [titles[each.attr] for each in sorted(steps, key=lambda each: (each.lineno, each.col_offset))]


def test_the_excerpt_has_the_steps_of_the_demonstration() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    excerpt = text.partition("<!-- demo: begin -->")[2].partition("<!-- demo: end -->")[0]
    shown = re.findall(r"^ ?(\d+)\. (.+)$", excerpt, re.MULTILINE)
    assert shown
    assert shown == [(str(number), title) for number, title in enumerate(_played(), start=1)]
