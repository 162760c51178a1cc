"""A pytest session that runs its tests once, learns who passes which line, then plays each change in a fork.

A change inside a function is put into the living functions of the fork, which then runs the tests that pass it.
A change of what a module makes or does when it is imported needs the modules and the tests imported again in the fork.
Tests that noticed earlier changes of the module come first.
"""

import ast
import importlib
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from types import ModuleType

import pytest
from tests.mutation.changes import Change, changes
from tests.mutation.children import NOBODY, SURVIVED, Children
from tests.mutation.lines import Lines
from tests.mutation.living import Functions, forget_all
from tests.mutation.targets import Target

_OPTIONS = ("-q", "-x", "-n0", "-p", "no:cacheprovider", "--no-header")
_PASSED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
_TOLD = 8000
"""Bytes at the end of what pytest wrote, shown when the tests fail without a change."""


@dataclass(slots=True)
class Outcome:
    """What became of one change; `reached` that at least one test passes its lines."""

    module: str
    line: int
    change: str
    reached: bool
    noticed: bool = False

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.change}"


@dataclass(slots=True, eq=False)
class Play:
    """The pytest plugin that does it for one target; `outcomes` is its result."""

    target: Target
    outcomes: list[Outcome] = field(default_factory=list)
    _files: list[str] = field(default_factory=list)
    _noticed_by: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _failed: bool = False
    _in_child: bool = False
    _done: int = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """What asserts how a price grows says nothing about rules, and a trace disturbs it."""
        items[:] = [item for item in items if not _measures(item)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        modules = list(_modules(self.target.modules))
        self._files = list(dict.fromkeys(str(item.path) for item in session.items))
        lines = Lines(module.__file__ or "" for module in modules)
        for place, item in enumerate(session.items):
            with lines.of(place):
                _run(item, (session.items[place + 1 :] or session.items)[0])
        if self._failed:
            raise session.Failed("the tests fail without a change")
        children = Children(self._note, seconds=15 + 5 * lines.seconds)
        for module in modules:
            self._play(module, session.items, lines, children)
        children.wait_for_all()
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed = self._failed or report.failed
        if report.failed and self._in_child:
            os._exit(self._code_of(report.nodeid))

    def _code_of(self, nodeid: str) -> int:
        """The exit code that tells which file noticed."""
        file = nodeid.partition("::")[0]
        found = (place for place, path in enumerate(self._files, 1) if path.endswith(file))
        return min(next(found, NOBODY), NOBODY)

    def _play(
        self, module: ModuleType, items: Sequence[pytest.Item], lines: Lines, children: Children
    ) -> None:
        source = module.__file__ or ""
        tree = ast.parse(Path(source).read_text("utf-8"))
        functions = Functions(source)
        for change in changes(tree, vars(module)):
            tests = [items[place] for place in lines.tests(source, change.lines)]
            outcome = Outcome(module.__name__, min(change.lines, default=0), str(change), reached=bool(tests))
            self.outcomes.append(outcome)
            ranks = self._noticed_by[outcome.module]
            files = sorted(self._files, key=lambda path: -ranks[path])
            again = partial(self._imported_again, module.__name__, tree, change, files)
            number = len(self.outcomes) - 1
            if not change.in_function or (not tests and outcome.module in self.target.act_when_imported):
                outcome.reached = True
                children.start(number, again)
            elif tests:
                tests.sort(key=lambda item: -ranks[str(item.path)])
                children.start(number, partial(self._put_in, functions, tree, change, tests, again))

    def _note(self, number: int, code: int) -> None:
        outcome = self.outcomes[number]
        outcome.noticed = code != SURVIVED
        if SURVIVED < code < NOBODY:
            self._noticed_by[outcome.module][self._files[code - 1]] += 1
        self._done += 1
        if sys.stderr.isatty():
            print(f"\r{self.target.name}: {self._done} changes played", end="\r", file=sys.stderr, flush=True)

    def _put_in(
        self,
        functions: Functions,
        tree: ast.Module,
        change: Change,
        items: Sequence[pytest.Item],
        otherwise: Callable[[], int],
    ) -> int:
        """In the fork: a test that notices leaves with the number of its file."""
        self._in_child = True
        change.install()
        if not functions.become(compile(tree, "changed", "exec", dont_inherit=True)):
            return otherwise()
        items[0].session._setupstate.teardown_exact(items[0])  # what the test before the fork left standing
        for item, following in pairwise([*items, items[-1]]):
            _run(item, following)
        return SURVIVED

    def _imported_again(self, name: str, tree: ast.Module, change: Change, files: list[str]) -> int:
        """In the fork: the file that noticed most alone, then all others."""
        self._in_child = True
        change.install()
        for some in (files[:1], files[1:]):
            forget_all(name, tree)
            if some and pytest.main([*_OPTIONS, *some], plugins=[_Again(self)]) not in _PASSED:
                return NOBODY
        return SURVIVED


@dataclass(frozen=True, slots=True, eq=False)
class _Again:
    """The plugin of a session inside a fork, which imports all again."""

    play: Play

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.play.pytest_collection_modifyitems(items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.play.pytest_runtest_logreport(report)


def _measures(item: pytest.Item) -> bool:
    return isinstance(item, pytest.Function) and "grows_in_proportion" in item.function.__code__.co_names


def _modules(names: Iterable[str]) -> Iterator[ModuleType]:
    for name in names:
        found = importlib.import_module(name)
        yield found
        for path in sorted(Path(folder) for folder in getattr(found, "__path__", ())):
            for file in sorted(path.glob("*.py")):
                if file.name != "__init__.py":
                    yield importlib.import_module(f"{name}.{file.stem}")


def _run(item: pytest.Item, following: pytest.Item) -> None:
    """Naming a following test keeps what the whole session shares."""
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)


def played(target: Target) -> list[Outcome]:
    """All changes of the target. Raises RuntimeError when its tests fail without one."""
    play = Play(target)
    with TemporaryFile() as written:
        os.dup2(written.fileno(), 1)
        ended = pytest.main([*_OPTIONS, *target.tests], plugins=[play])
        if ended is pytest.ExitCode.OK:
            return play.outcomes
        written.seek(max(0, written.seek(0, os.SEEK_END) - _TOLD))
        told = written.read().decode(errors="replace")
    raise RuntimeError(f"the tests of {target.name} fail without a change:\n{told}")
