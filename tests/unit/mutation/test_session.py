"""A change counts as noticed when a test fails because of it, and for no other reason."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
RULES = """
WORD = "word"

def twice(number):
    return number + number

def is_one(number):
    return number == 1
"""
TESTS = {
    "test_a.py": "import gc, rules\ndef test_twice(): assert rules.twice(3) == 6\ndef test_serves(): gc.freeze()\n",
    "test_b.py": "import rules\ndef test_is_one(): rules.is_one(1)\n",
}
PLAY = """
import json, sys
from dataclasses import asdict
from tests.mutation.session import played
from tests.mutation.targets import Target
if __name__ == "__main__":
    outcomes = played(Target("rules", ("rules",), tuple(sys.argv[1:])))
    print(json.dumps([asdict(outcome) for outcome in outcomes]), file=sys.stderr)
"""


def test_each_change_is_noticed_by_those_who_look(tmp_path: Path) -> None:
    for name, text in {"rules.py": RULES, "play.py": PLAY, **TESTS}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "play.py", *TESTS],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    )
    noticed = {outcome["change"]: outcome["noticed"] for outcome in json.loads(ended.stderr.splitlines()[-1])}
    assert noticed == {
        "'word' → 'XXword'": False,
        "return number + number → return None": True,
        "number + number → number - number": True,
        "return number == 1 → return None": False,
        "number == 1 → number != 1": False,
        "1 → 2": False,
    }
