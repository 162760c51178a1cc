"""The log: a row a check, and a summary."""

import time
from collections.abc import Callable

from tests.cluster.kubectl import Refused
from tests.cluster.seen import Broken

_TITLE = 62
_LONGEST = 600
"""Characters of what was seen; kubectl repeats whole objects."""


class Log:
    """A check that fails has its row too, and the others go on."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._passed = 0
        self.failed: list[str] = []
        print(f"{'seconds':>8}  {'':6} {'what':{_TITLE}}  seen", flush=True)

    def check(self, title: str, work: Callable[[], object]) -> bool:
        """Whether it went well. `work` returns what it saw."""
        began = time.monotonic()
        try:
            verdict, seen = "ok", str(work() or "")
            self._passed += 1
        except (Broken, Refused) as failure:
            verdict, seen = "FAILED", _shortened(" ".join(str(failure).split()))
            self.failed.append(title)
        print(f"{time.monotonic() - began:8.1f}  {verdict:6} {title:{_TITLE}}  {seen}", flush=True)
        return verdict == "ok"

    def summary(self) -> str:
        took = f"{time.monotonic() - self._began:.0f} s"
        if self.failed:
            return f"FAILED: {len(self.failed)} of {self._passed + len(self.failed)} checks, {took}: {'; '.join(self.failed)}"
        return f"passed: {self._passed} checks, {took}"


def _shortened(text: str) -> str:
    """Its end says why."""
    return text if len(text) <= _LONGEST else f"… {text[-_LONGEST:]}"
