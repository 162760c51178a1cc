"""An office asks while something happens, from where it reaches the service: beside the engine, or in its network."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.containers.engine import run

from koppel_local.failure import SetupFailed

PROGRAM = Path(__file__).with_name("organisation.py")


@dataclass(slots=True)
class Asking:
    """Use as a context manager to ask all the time; afterwards the counts, `longest` (seconds) and `reasons` say how it went.

    `python` starts an interpreter that has httpx; `path`, `host`, `port` and `token` say what is asked for.
    """

    python: Sequence[str]
    path: str
    host: str
    port: int
    token: str
    asked: int = 0
    refused: int = 0
    passed_over: int = 0
    longest: float = 0.0
    reasons: list[str] = field(default_factory=list)
    _process: "subprocess.Popen[str] | None" = None

    def ids(self) -> list[str]:
        """Those of the list, now."""
        found: list[str] = json.loads(run(self._command("once"), said=f"Asking for {self.path}"))["ids"]
        return found

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command("on"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        assert self._process is not None
        told = self._process.communicate()[0]  # the end of its input ends it
        if kind is not None:
            return
        answer = json.loads(told)
        if answer["failures"]:
            raise SetupFailed(
                "office_failed",
                f"The office met {answer['failures']}.",
                hint=f"It asked {self.host} for {self.path}.",
            )
        self.asked, self.longest = answer["asked"], answer["longest"]
        self.refused, self.passed_over = answer["refused"], answer["passed_over"]
        self.reasons = answer["reasons"]

    def _command(self, how: str) -> list[str]:
        program = PROGRAM.read_text(encoding="utf-8")
        return [*self.python, "-c", program, how, self.path, self.host, str(self.port), self.token]
