"""`make chaos` that is killed leaves nothing that goes on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.chaos.parts import ROOT

_PART = "from tests.chaos import __main__ as chaos; from tests.chaos.parts import Part; chaos._run('x', Part('', ()))"
_WITHIN = 30
"""Seconds."""


def test_the_tests_of_a_part_end_with_a_make_chaos_that_was_killed(tmp_path: Path) -> None:
    """And so do their servers: the folder of a run is cleared when its process has ended."""
    (python := tmp_path / "python").write_text("#!/bin/sh\necho $$\nexec sleep 600\n", encoding="utf-8")
    python.chmod(0o755)
    script = f"import sys; sys.executable = {str(python)!r}; {_PART}"
    chaos = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert chaos.stdout is not None
    pid = next(int(line) for line in chaos.stdout if line.strip().isdigit())
    chaos.kill()
    try:
        chaos.communicate(timeout=_WITHIN)  # until nobody holds the other end
    except subprocess.TimeoutExpired:
        os.kill(pid, signal.SIGKILL)
        raise
