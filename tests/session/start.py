"""How a process of a spread run comes to its tests: by less work than all of them doing everything.

Each imports another part of the tests first. pytest rewrites the assertions of a module at its first import and keeps the
result beside it; what one process has compiled, the others read. On a fresh clone all would do so for the same file at the
same moment: fifteen seconds of processor time each instead of seven.

What was imported and collected stays, so the garbage collector leaves it alone, as in a service. Walking over it once
takes 0.3 s of processor time, and a run does so a hundred times.
"""

import gc
import sys
from collections.abc import Generator, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from xdist import get_xdist_worker_id

ROOT = Path(__file__).parents[2]


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    told = getattr(session.config, "workerinput", None)
    if told is None:
        return (yield)
    gc.disable()
    if not sys.dont_write_bytecode:
        place = int(get_xdist_worker_id(session).removeprefix("gw"))
        _import_all(turned(_files(session.config.args), place, told["workercount"]))
    collected = yield
    gc.enable()
    gc.collect()
    gc.freeze()
    return collected


def turned(files: Sequence[Path], place: int, processes: int) -> list[Path]:
    """All of them, begun a part further in each process."""
    first = len(files) * place // processes
    return [*files[first:], *files[:first]]


def _files(arguments: Sequence[str]) -> list[Path]:
    return sorted(file for argument in arguments for file in (ROOT / argument).rglob("test_*.py"))


def _import_all(files: Sequence[Path]) -> None:
    for file in files:
        with suppress(Exception):  # the collection, which is next, tells what is wrong with it
            import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
