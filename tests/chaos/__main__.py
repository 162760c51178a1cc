"""`make chaos`: run the parts that are asked for, or all; ends with a line for each and the worst exit code.

python -m tests.chaos [PART …]      the figures of each are kept below .local/chaos
python -m tests.chaos --page        put the figures that are kept there into docs/reliability.md
"""

import os
import subprocess
import sys
import time

from tests.chaos.kept_figures import put_into_page
from tests.chaos.parent_death import die_with_parent
from tests.chaos.parts import PARTS, ROOT, Part

_LONG_UNLESS_TOLD = {"CHAOS_MINUTES": "10"}


def main(asked: list[str]) -> int:
    """Returns the exit code: 2 for a part that does not exist."""
    if asked == ["--page"]:
        put_into_page()
        return 0
    if unknown := set(asked) - PARTS.keys():
        print(f"error: no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    ended = {name: _run(name, PARTS[name]) for name in asked or PARTS}
    for name, (code, seconds) in ended.items():
        print(f"{name:9} {'passed' if code == 0 else 'FAILED':7} {seconds / 60:5.1f} min  {PARTS[name].does}")
    return max(code for code, _ in ended.values())


def _run(name: str, part: Part) -> tuple[int, float]:
    """Exit code and seconds. Each test is told when it ends; those of one process also tell how far they are."""
    print(f"\n{name}: {part.does}", flush=True)
    shared = ["-n", str(part.processes)] if part.processes > 1 else ["-n", "0", "-s"]
    paths = [f"tests/{path}" for path in part.paths]
    environment = _LONG_UNLESS_TOLD | os.environ | {"CHAOS_PART": name}
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", *shared, *paths],
        cwd=ROOT,
        env=environment,
        check=False,
        preexec_fn=die_with_parent,  # whoever kills this one means those tests; their end clears their servers away
    )
    return ended.returncode, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
