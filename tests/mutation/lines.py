"""Which test passes which line, and how long each takes."""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from types import FrameType
from typing import Any


class Lines:
    """`with lines.of(test)` notes the lines of these files that are passed meanwhile. Tests are known by a number."""

    def __init__(self, files: Iterable[str]) -> None:
        self._files = frozenset(files)
        self._passed_by: dict[tuple[str, int], dict[int, None]] = defaultdict(dict)
        self._took: dict[int, float] = {}
        self._test, self._began = 0, 0.0

    def of(self, test: int) -> "Lines":
        self._test = test
        return self

    def tests(self, file: str, lines: Iterable[int]) -> list[int]:
        """Those that pass one of the lines, quick ones first."""
        passing = {test for line in lines for test in self._passed_by.get((file, line), ())}
        return sorted(passing, key=self._took.__getitem__)

    @property
    def seconds(self) -> float:
        """All tests together."""
        return sum(self._took.values())

    def __enter__(self) -> None:
        self._began = time.monotonic()
        threading.settrace(self._called)
        sys.settrace(self._called)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        threading.settrace(None)
        self._took[self._test] = time.monotonic() - self._began

    def _called(self, frame: FrameType, event: str, argument: object) -> Any:
        return self._passed if frame.f_code.co_filename in self._files else None

    def _passed(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "line":
            self._passed_by[frame.f_code.co_filename, frame.f_lineno][self._test] = None
        return self._passed
