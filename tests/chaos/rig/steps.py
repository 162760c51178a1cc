"""From what Hypothesis prints of a failing run of the state machine to a file in `regressions/`.

    python -m tests.chaos.rig.steps "the seeded bug that it finds" < failure.txt > tests/chaos/regressions/name.json

Rules of the machine only take numbers, words and booleans, so that the same steps can be played without Hypothesis.
"""

import ast
import json
import re
import sys
from typing import Any

_STEP = re.compile(r"^(?:E?\s*)state\.(\w+)\((.*)\)\s*$", re.MULTILINE)
_NOT_STEPS = ("teardown",)


def steps(printed: str) -> list[tuple[str, dict[str, Any]]]:
    """The steps of the last run in the text, by rule and arguments."""
    last = printed[printed.rfind("= MachineHere()") :]
    return [(name, _arguments(given)) for name, given in _STEP.findall(last) if _is_step(name)]


def _is_step(name: str) -> bool:
    return name not in _NOT_STEPS and not name.startswith("the_")


def _arguments(given: str) -> dict[str, Any]:
    call = ast.parse(f"f({given})", mode="eval").body
    assert isinstance(call, ast.Call)
    return {each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg is not None}


if __name__ == "__main__":
    json.dump({"bug": sys.argv[1], "steps": steps(sys.stdin.read())}, sys.stdout, indent=1)
