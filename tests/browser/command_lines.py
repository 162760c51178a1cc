"""Every `koppel` line that a screen showed, run as somebody with that person's rights would."""

import io
import os
import shlex
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from tests.browser.stage import Stage
from tests.browser.window import Seen

from koppel_cli.main import main

_LAST = ("remove", "delete")
"""After these the others have nothing to show."""
_TAIL = 300


def run_all(stage: Stage, seen: Seen, token: str) -> None:
    """What fails is a finding. One thread does it: an event loop of the browser's runs in ours."""
    environment = {"KOPPEL_TOKEN": token, "KOPPEL_STATE_DIR": str(stage.stack.state_dir)}
    lines = sorted(seen.commands, key=lambda line: any(word in line for word in _LAST))
    with patch.dict(os.environ, environment), ThreadPoolExecutor(1) as thread:
        for line in lines:
            stage.findings.looked("command")
            code, said = thread.submit(_run, line).result()
            if (
                code not in {0, 1} or "error:" in said
            ):  # 1 also says that what was asked about did not go well
                stage.findings.add(
                    "command", seen.commands[line], f"{line} ended with {code}: {said[-_TAIL:]}"
                )


def _run(line: str) -> tuple[int, str]:
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        try:
            code = main(shlex.split(line)[1:])
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 1
    return code, " ".join(said.getvalue().split())
